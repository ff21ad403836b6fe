# R's answers for the mixed models, contrasts, moderators and ordinary regressions: Rscript mixed.R writes mixed.json beside it.
# R 4.2.2, lme4 1.1.31, lmerTest 3.1.3, pbkrtest 0.5.2, emmeans 1.8.4.1, performance 0.10.2, car 3.1.1, sandwich 3.0.2.
suppressPackageStartupMessages({
  library(lme4); library(lmerTest); library(emmeans); library(performance); library(car); library(sandwich); library(jsonlite)
})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
read <- function(name) {
  d <- read.csv(file.path(here, paste0("mixed_", name, ".csv")), na.strings = c("", "NA"))
  for (column in intersect(c("participant", "condition", "block", "task", "group", "phase", "expertise"), names(d)))
    d[[column]] <- factor(d[[column]])
  d
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5), check.conv.singular = "ignore")

coefficients_of <- function(fit, ddf) {
  rows <- summary(fit, ddf = ddf)$coefficients
  half <- qt(.975, rows[, "df"]) * rows[, "Std. Error"]
  lapply(setNames(seq_len(nrow(rows)), rownames(rows)), function(i) list(
    estimate = rows[i, 1], se = rows[i, 2], df = rows[i, 3], t = rows[i, 4], p = rows[i, 5],
    low = rows[i, 1] - half[[i]], high = rows[i, 1] + half[[i]]))
}
terms_of <- function(fit, ddf) {
  rows <- anova(fit, type = "III", ddf = ddf)
  lapply(setNames(seq_len(nrow(rows)), rownames(rows)), function(i) list(
    f = rows[i, "F value"], df1 = rows[i, "NumDF"], df2 = rows[i, "DenDF"], p = rows[i, "Pr(>F)"]))
}
means_of <- function(fit, specs, ...) {
  made <- emmeans(fit, specs, lmer.df = "kenward-roger", ...)
  rows <- as.data.frame(summary(made)); pairs <- as.data.frame(summary(contrast(made, "pairwise", adjust = "none"), infer = TRUE))
  list(
    means = lapply(setNames(seq_len(nrow(rows)), as.character(rows[[1]])), function(i) list(
      mean = rows$emmean[i], se = rows$SE[i], df = rows$df[i], low = rows$lower.CL[i], high = rows$upper.CL[i])),
    pairs = lapply(setNames(seq_len(nrow(pairs)), as.character(pairs$contrast)), function(i) list(
      difference = pairs$estimate[i], se = pairs$SE[i], df = pairs$df[i], low = pairs$lower.CL[i], high = pairs$upper.CL[i],
      value = pairs$t.ratio[i], p = pairs$p.value[i])))
}
# sum of variances with a random intercept: sigma^2 (1 + theta^2); its variance from lmerTest's covariance of (theta, sigma)
spread_of <- function(fit) {
  theta <- getME(fit, "theta")[[1]]; s <- sigma(fit); gradient <- c(2 * s^2 * theta, 2 * s * (1 + theta^2))
  list(variance = s^2 * (1 + theta^2), sampling_variance = drop(gradient %*% fit@vcov_varpar %*% gradient))
}
lmm <- function(id, file, formula, rows = TRUE) {
  data <- subset(read(file), eval(rows))
  fit <- lmerTest::lmer(as.formula(formula), data, REML = TRUE, control = tight)
  ml <- refitML(fit, control = tight); vc <- as.data.frame(VarCorr(fit))
  slope <- nrow(vc) > 2; singular <- isSingular(fit)
  nakagawa <- suppressWarnings(r2_nakagawa(fit, tolerance = 0)); ratio <- suppressWarnings(performance::icc(fit, tolerance = 0))
  list(id = id, file = file, formula = formula, expected = c(list(
    n = nobs(fit), singular = singular, reml = as.numeric(logLik(fit)), ml = as.numeric(logLik(ml)), aic = AIC(ml), bic = BIC(ml),
    variances = vc$vcov, predicted = as.matrix(ranef(fit)$participant)[1:3, , drop = FALSE],
    coefficients = list(kr = coefficients_of(fit, "Kenward-Roger"), satterthwaite = coefficients_of(fit, "Satterthwaite")),
    terms = list(kr = terms_of(fit, "Kenward-Roger"), satterthwaite = terms_of(fit, "Satterthwaite"))),
    means_of(fit, "condition"),
    if (!singular) list(r2_marginal = nakagawa$R2_marginal[[1]], r2_conditional = nakagawa$R2_conditional[[1]], icc = ratio$ICC_adjusted[[1]]),
    if (!slope) list(spread = spread_of(fit))))
}
cases <- list(
  lmm("demo.period", "demo", "score ~ condition + block + (1 | participant)"),
  lmm("demo.task", "demo", "score ~ condition + block + task + (1 | participant)"),
  lmm("missing.period", "missing", "score ~ condition + block + (1 | participant)"),
  lmm("missing.interaction", "missing", "log(minutes) ~ condition * group + block + (1 | participant)"),
  lmm("missing.moderator", "missing", "score ~ condition * need + block + (1 | participant)"),
  lmm("demo.item", "demo", "item ~ condition + block + (1 | participant)"),
  lmm("trials.slope", "trials", "score ~ condition + practice + (practice | participant)"),
  lmm("ragged.singular", "ragged_singular", "score ~ condition + seconds + (seconds | participant)"),
  lmm("ragged.saddle", "ragged_saddle", "score ~ condition + seconds + (seconds | participant)"),
  lmm("singular.period", "singular", "score ~ condition + block + (1 | participant)"),
  lmm("phases.three", "phases", "item ~ group * condition * phase + (1 | participant)"))

# likelihood-ratio test of condition: both models by maximum likelihood
full <- lmer(score ~ condition + block + (1 | participant), read("missing"), REML = FALSE, control = tight)
less <- lmer(score ~ block + (1 | participant), read("missing"), REML = FALSE, control = tight)
lr <- anova(less, full)
cases[[length(cases) + 1]] <- list(id = "missing.lr", file = "missing", formula = "score ~ condition + C(block) against score ~ C(block)",
  expected = list(chi2 = lr$Chisq[2], df = lr$Df[2], p = lr$`Pr(>Chisq)`[2]))

# simple slopes and conditional effects of a moderator centred at the mean of the participants
d <- read("missing"); people <- d[!duplicated(d$participant), ]
d$c_need <- d$need - mean(people$need); at <- c(-1, 0, 1) * sd(people$need)
fit <- lmerTest::lmer(score ~ condition * c_need + block + (1 | participant), d, control = tight)
trends <- as.data.frame(summary(emtrends(fit, "condition", var = "c_need", lmer.df = "kenward-roger"), infer = TRUE))
cases[[length(cases) + 1]] <- list(id = "missing.slopes", file = "missing", formula = "score ~ condition * c_need + block + (1 | participant)",
  expected = list(centre = mean(people$need), sd = sd(people$need), terms = terms_of(fit, "Kenward-Roger"),
    slopes = lapply(setNames(1:3, as.character(trends$condition)), function(i) list(estimate = trends$c_need.trend[i], se = trends$SE[i],
      df = trends$df[i], low = trends$lower.CL[i], high = trends$upper.CL[i], p = trends$p.value[i])),
    effects = lapply(at, function(v) means_of(fit, "condition", at = list(c_need = v))$pairs)))

# one condition each: an ordinary regression, and its twin with HC3 errors
o <- read("one_each"); ols <- lm(score ~ condition * expertise + age, o, contrasts = list(condition = "contr.treatment"))
hc <- vcovHC(ols, type = "HC3"); b <- coef(ols)
sums <- lm(score ~ condition * expertise + age, o, contrasts = list(condition = "contr.sum", expertise = "contr.sum"))
type3 <- Anova(sums, type = 3); type3_hc <- Anova(sums, type = 3, white.adjust = "hc3")
em <- emmeans(ols, "condition"); em_hc <- emmeans(ols, "condition", vcov. = hc)
pairs_of <- function(made) { rows <- as.data.frame(summary(contrast(made, "pairwise", adjust = "none"), infer = TRUE))
  lapply(setNames(seq_len(nrow(rows)), as.character(rows$contrast)), function(i) list(difference = rows$estimate[i], se = rows$SE[i], df = rows$df[i],
    low = rows$lower.CL[i], high = rows$upper.CL[i], value = rows$t.ratio[i], p = rows$p.value[i])) }
keep <- c("condition", "expertise", "age", "condition:expertise")
cases[[length(cases) + 1]] <- list(id = "one_each.regression", file = "one_each", formula = "score ~ condition * expertise + age",
  expected = list(estimate = unname(b), se = unname(sqrt(diag(vcov(ols)))), se_hc3 = unname(sqrt(diag(hc))), r2 = summary(ols)$r.squared,
    residual = sigma(ols)^2, df = df.residual(ols), f = setNames(as.list(type3[keep, "F value"]), keep),
    f_hc3 = setNames(as.list(type3_hc[keep, "F"]), keep), pairs = pairs_of(em), pairs_hc3 = pairs_of(em_hc)))
write_json(list(r = R.version.string, calls = "see mixed.R, one function per kind of case", packages = lapply(
  setNames(nm = c("lme4", "lmerTest", "pbkrtest", "emmeans", "performance", "car", "sandwich")), function(p) as.character(packageVersion(p))),
  cases = cases), file.path(here, "mixed.json"), digits = NA, auto_unbox = TRUE, pretty = TRUE)
