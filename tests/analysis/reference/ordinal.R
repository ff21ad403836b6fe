# R's answers for the ordinal, binary, count, time and preference models, on the data of ordinal_data.py.
# Writes ordinal.json; run in this folder: Rscript ordinal.R
suppressPackageStartupMessages({library(ordinal); library(VGAM); library(lme4); library(glmmTMB); library(geepack)
  library(survival); library(emmeans); library(MASS); library(jsonlite)})

cases <- list()
version <- function(package) as.character(packageVersion(package))
case <- function(id, data, call, package, expected)
  cases[[length(cases) + 1]] <<- list(id = id, data = data, call = call, package = package, version = version(package),
                                      R = as.character(getRversion()), expected = expected)
named <- function(x) as.list(setNames(as.numeric(x), names(x)))
both <- function(est, se) list(est = named(est), se = named(se))
read <- function(name) {
  d <- read.csv(paste0(name, ".csv"), stringsAsFactors = TRUE)
  if ("baseline" %in% levels(d$condition)) d$condition <- relevel(d$condition, "baseline")
  d
}

# --- cumulative-link models ---------------------------------------------------------------------
tight <- clmm.control(method = "ucminf", gradTol = 1e-8, useMatrix = FALSE, maxIter = 500, innerCtrl = "noWarn")
for (name in c("trials", "trials_gaps", "trials_alike")) {
  d <- read(name); d$y <- ordered(d$item)
  fit <- clm(y ~ condition + block, data = d, control = clm.control(gradTol = 1e-10))
  case(paste0(name, ".clm"), name, "clm(y ~ condition + block)", "ordinal",
       c(list(loglik = as.numeric(logLik(fit)), aic = AIC(fit)), both(coef(fit), sqrt(diag(vcov(fit))))))
  larger <- vglm(y ~ condition + block, cumulative(parallel = FALSE ~ 1 + condition, reverse = TRUE), d, control = vglm.control(epsilon = 1e-12, maxit = 100))
  case(paste0(name, ".nominal"), name, "vglm(y ~ condition + block, cumulative(parallel = FALSE ~ 1 + condition, reverse = TRUE)) beside clm", "VGAM",
       list(chi2 = 2 * (logLik(larger) - as.numeric(logLik(fit)))))
}
for (name in c("trials", "trials_gaps")) for (nodes in c(1, 10)) {
  d <- read(name); d$y <- ordered(d$item)
  fit <- clmm(y ~ condition + block + (1 | participant), data = d, nAGQ = nodes, control = tight)
  null <- clmm(y ~ block + (1 | participant), data = d, nAGQ = nodes, control = tight)
  pairs <- as.data.frame(pairs(emmeans(fit, ~ condition), adjust = "none"))
  case(paste0(name, ".clmm", nodes), name, paste0("clmm(y ~ condition + block + (1 | participant), nAGQ = ", nodes, ")"), "ordinal",
       c(list(loglik = as.numeric(logLik(fit)), aic = AIC(fit), sd = as.numeric(sqrt(unlist(VarCorr(fit)))),
              lr = 2 * as.numeric(logLik(fit) - logLik(null)),
              contrasts = setNames(lapply(seq_len(nrow(pairs)), function(i) list(est = pairs$estimate[i], se = pairs$SE[i], p = pairs$p.value[i])), pairs$contrast)),
         both(coef(fit), sqrt(diag(vcov(fit)))[seq_along(coef(fit))])))
}
d <- read("trials"); d$y <- ordered(d$item)
fit <- clmm(y ~ condition * block + (1 | participant), data = d, nAGQ = 10, control = tight)
pairs <- as.data.frame(pairs(emmeans(fit, ~ condition), adjust = "none"))
case("trials.clmm10.interaction", "trials", "pairs(emmeans(clmm(y ~ condition * block + (1 | participant), nAGQ = 10), ~ condition))", "emmeans",
     setNames(lapply(seq_len(nrow(pairs)), function(i) list(est = pairs$estimate[i], se = pairs$SE[i])), pairs$contrast))
plain <- clmm2(y ~ condition, random = participant, data = d, nAGQ = 10, Hess = FALSE, control = clmm2.control(gradTol = 1e-6))
vary <- clmm2(y ~ 1, nominal = ~ condition, random = participant, data = d, nAGQ = 10, Hess = FALSE, control = clmm2.control(gradTol = 1e-6, maxIter = 500))
case("trials.nominal.clmm2", "trials", "clmm2(y ~ 1, nominal = ~ condition, random = participant, nAGQ = 10) beside clmm2(y ~ condition, ...)", "ordinal",
     list(chi2 = 2 * (plain$logLik * 1 - vary$logLik) * -1))
for (cut in 2:5) {
  fit <- glm(I(item > cut) ~ condition + block, binomial, d, epsilon = 1e-14, maxit = 100)
  case(paste0("trials.cut", cut), "trials", paste0("glm(I(item > ", cut, ") ~ condition + block, binomial)"), "stats",
       both(coef(fit), sqrt(diag(vcov(fit)))))
}

# --- partial proportional odds ------------------------------------------------------------------
d <- read("persuasion"); d$y <- ordered(d$after)
exact <- vglm.control(epsilon = 1e-12, maxit = 100)
all <- vglm(y ~ before + message * source, cumulative(parallel = TRUE, reverse = TRUE), d, control = exact)
some <- vglm(y ~ before + message * source, cumulative(parallel = FALSE ~ 1 + source, reverse = TRUE), d, control = exact)
observed <- function(fit) {
  # VGAM's standard errors are those of the expected information; these are of the observed one, as everywhere else here.
  x <- model.matrix(~ before + message * source, d); k <- as.integer(d$y); b0 <- coef(fit); names <- names(b0)
  loglik <- function(b) {
    names(b) <- names
    eta <- sapply(1:4, function(j) {
      sum <- b[paste0("(Intercept):", j)] + 0 * x[, 1]
      for (v in colnames(x)[-1]) sum <- sum + x[, v] * (if (v %in% names) b[v] else b[paste0(v, ":", j)])
      sum })
    above <- cbind(1, plogis(eta), 0)
    sum(log(above[cbind(seq_along(k), k)] - above[cbind(seq_along(k), k + 1)]))
  }
  stopifnot(abs(loglik(b0) - logLik(fit)) < 1e-8)
  setNames(sqrt(diag(solve(-numDeriv::hessian(loglik, b0)))), names)
}
case("persuasion.partial", "persuasion", "vglm(y ~ before + message * source, cumulative(parallel = FALSE ~ 1 + source, reverse = TRUE)); se: solve(-numDeriv::hessian) of the same likelihood", "VGAM",
     c(list(loglik = logLik(some), loglik_parallel = logLik(all)), both(coef(some), observed(some)), list(se_expected = named(sqrt(diag(vcov(some)))))))
case("persuasion.parallel", "persuasion", "vglm(y ~ before + message * source, cumulative(parallel = TRUE, reverse = TRUE))", "VGAM",
     c(list(loglik = logLik(all)), both(coef(all), observed(all))))

# --- mixed models of binary and count outcomes --------------------------------------------------
fine <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
for (name in c("trials", "trials_gaps")) for (nodes in c(1, 10)) {
  d <- read(name)
  fit <- glmer(accepted ~ condition + block + (1 | participant), d, binomial, nAGQ = nodes, control = fine)
  case(paste0(name, ".logistic", nodes), name, paste0("glmer(accepted ~ condition + block + (1 | participant), binomial, nAGQ = ", nodes, ")"), "lme4",
       c(list(loglik = as.numeric(logLik(fit)), sd = as.numeric(fit@theta)), both(fixef(fit), sqrt(diag(as.matrix(vcov(fit)))))))
  fit <- glmer(turns ~ condition + block + (1 | participant), d, poisson, nAGQ = nodes, control = fine)
  pearson <- sum(residuals(fit, "pearson")^2)
  case(paste0(name, ".poisson", nodes), name, paste0("glmer(turns ~ condition + block + (1 | participant), poisson, nAGQ = ", nodes, ")"), "lme4",
       c(list(sd = as.numeric(fit@theta), pearson = pearson, pearson_df = df.residual(fit)), both(fixef(fit), sqrt(diag(as.matrix(vcov(fit)))))))
}
tmb <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-14, x.tol = 1e-12))
for (name in c("trials", "trials_gaps")) {
  d <- read(name)
  for (kind in c("poisson", "nbinom2", "binomial")) {
    outcome <- c(poisson = "turns", nbinom2 = "edits", binomial = "accepted")[[kind]]
    fit <- glmmTMB(as.formula(paste(outcome, "~ condition + block + (1 | participant)")), d, family = kind, control = tmb)
    case(paste0(name, ".tmb.", kind), name, paste0("glmmTMB(", outcome, " ~ condition + block + (1 | participant), family = ", kind, ")"), "glmmTMB",
         c(list(loglik = as.numeric(logLik(fit)), sd = attr(VarCorr(fit)$cond$participant, "stddev")[[1]], size = sigma(fit)),
           both(fixef(fit)$cond, sqrt(diag(vcov(fit)$cond)))))
  }
}
d <- read("trials_alike")
fit <- glm(accepted ~ condition + block, binomial, d, epsilon = 1e-14)
case("trials_alike.logistic", "trials_alike", "glm(accepted ~ condition + block, binomial)", "stats",
     c(list(loglik = as.numeric(logLik(fit)), glmer_sd = as.numeric(suppressMessages(glmer(accepted ~ condition + block + (1 | participant), d, binomial, nAGQ = 10, control = fine))@theta)),
       both(coef(fit), sqrt(diag(vcov(fit))))))
fit <- clmm(ordered(item) ~ condition + block + (1 | participant), data = d, nAGQ = 10)
case("trials_alike.clmm10", "trials_alike", "clmm(ordered(item) ~ condition + block + (1 | participant), nAGQ = 10)", "ordinal",
     list(loglik = as.numeric(logLik(fit)), sd = as.numeric(sqrt(unlist(VarCorr(fit))))))
fit <- glm.nb(edits ~ condition + block, d, control = glm.control(epsilon = 1e-14, maxit = 100))
case("trials_alike.negbin", "trials_alike", "glm.nb(edits ~ condition + block)", "MASS",
     list(loglik = as.numeric(logLik(fit)), size = fit$theta, est = named(coef(fit))))
fit <- glm(turns ~ condition + block, poisson, d, epsilon = 1e-14)
case("trials_alike.poisson", "trials_alike", "glm(turns ~ condition + block, poisson)", "stats",
     c(list(loglik = as.numeric(logLik(fit)), glmer_sd = as.numeric(suppressMessages(glmer(turns ~ condition + block + (1 | participant), d, poisson, nAGQ = 10, control = fine))@theta)),
       both(coef(fit), sqrt(diag(vcov(fit))))))

# --- GEE ----------------------------------------------------------------------------------------
for (name in c("trials", "trials_gaps")) {
  d <- read(name); d <- d[order(d$participant), ]
  for (kind in c("binomial", "poisson")) {
    outcome <- c(binomial = "accepted", poisson = "turns")[[kind]]
    fit <- geeglm(as.formula(paste(outcome, "~ condition + block")), id = participant, data = d, family = kind, corstr = "exchangeable",
                  control = geese.control(epsilon = 1e-12, maxit = 200))
    case(paste0(name, ".gee.", kind), name, paste0("geeglm(", outcome, " ~ condition + block, id = participant, family = ", kind, ", corstr = 'exchangeable')"), "geepack",
         c(list(correlation = as.numeric(summary(fit)$corr[1, 1])), both(coef(fit), summary(fit)$coefficients[, "Std.err"] |> setNames(names(coef(fit))))))
  }
}

# --- time to first acceptance -------------------------------------------------------------------
d <- read("acceptances")
fit <- survfit(Surv(seconds, accepted) ~ condition, d, conf.type = "log-log")
shown <- summary(fit, rmean = 900)$table
rownames(shown) <- sub("condition=", "", rownames(shown))
case("acceptances.km", "acceptances", "summary(survfit(Surv(seconds, accepted) ~ condition, conf.type = 'log-log'), rmean = 900)", "survival",
     lapply(setNames(rownames(shown), rownames(shown)), function(name) {
       one <- survfit(Surv(seconds, accepted) ~ 1, d[d$condition == name, ], conf.type = "log-log")
       at <- summary(one, times = 300)
       list(n = shown[name, "records"], events = shown[name, "events"], median = shown[name, "median"], low = shown[name, "0.95LCL"], high = shown[name, "0.95UCL"],
            rmst = shown[name, "rmean"], rmst_se = shown[name, "se(rmean)"], s300 = at$surv, s300_low = at$lower, s300_high = at$upper)
     }))
tie <- data.frame(seconds = c(10, 20, 30, 40), accepted = 1)
case("median.midpoint", "-", "survfit(Surv(c(10, 20, 30, 40)) ~ 1): the median of S(20) = .5 exactly", "survival", list(median = quantile(survfit(Surv(seconds, accepted) ~ 1, tie), 0.5)$quantile[[1]]))
robust <- survfit(Surv(seconds, accepted) ~ condition, d, id = paste(participant, condition), robust = TRUE)
pseudo_rmst <- function(name) {
  one <- d[d$condition == name, ]
  f <- survfit(Surv(seconds, accepted) ~ 1, one, influence = 1, robust = TRUE)
  grid <- c(0, f$time[f$time < 900]); width <- diff(c(grid, 900))
  steps <- cbind(0, f$influence.surv)[, seq_along(grid), drop = FALSE]
  setNames(drop(steps %*% width), one$participant)
}
rmst <- sapply(rownames(shown), function(name) shown[name, "rmean"])
gap <- pseudo_rmst("active")[levels(d$participant)] - pseudo_rmst("baseline")[levels(d$participant)]
case("acceptances.rmst", "acceptances", "survfit(..., influence = 1): RMST to 900 s, active - baseline, se from its influence summed within participants", "survival",
     list(est = rmst[["active"]] - rmst[["baseline"]], se = sqrt(sum(gap^2))))
fit <- coxph(Surv(seconds, accepted) ~ condition + strata(participant), d, ties = "efron")
case("acceptances.cox.strata", "acceptances", "coxph(Surv(seconds, accepted) ~ condition + strata(participant), ties = 'efron')", "survival",
     c(list(loglik = fit$loglik[2]), both(coef(fit), sqrt(diag(vcov(fit))))))
fit <- coxph(Surv(seconds, accepted) ~ condition + block, d, cluster = participant, ties = "efron")
case("acceptances.cox.cluster", "acceptances", "coxph(Surv(seconds, accepted) ~ condition + block, cluster = participant, ties = 'efron')", "survival",
     c(list(loglik = fit$loglik[2], naive = named(setNames(sqrt(diag(fit$naive.var)), names(coef(fit))))), both(coef(fit), sqrt(diag(vcov(fit))))))

# --- sequences ----------------------------------------------------------------------------------
d <- read("sequences")
steps <- do.call(rbind, lapply(split(d, paste(d$participant, d$condition)), function(one) {
  one <- one[order(one$at), ]
  data.frame(condition = one$condition[-1], from = one$kind[-nrow(one)], to = one$kind[-1])
}))
shape <- function(m) as.list(as.data.frame(unclass(m)))
case("sequences.z", "sequences", "chisq.test(table(from, to), correct = FALSE)$stdres, by condition", "stats",
     lapply(split(steps, steps$condition), function(one) {
       counts <- table(one$from, one$to)
       list(names = rownames(counts), counts = unname(unclass(counts)), z = unname(unclass(suppressWarnings(chisq.test(counts, correct = FALSE))$stdres)))
     }))
case("sequences.homogeneity", "sequences", "sum over from of chisq.test(table(condition, to))", "stats",
     list(chi2 = sum(sapply(split(steps, steps$from), function(one) suppressWarnings(chisq.test(table(one$condition, one$to), correct = FALSE))$statistic))))

# --- preference ---------------------------------------------------------------------------------
d <- read("rankings")
wide <- reshape(d, idvar = "participant", timevar = "condition", direction = "wide")
beats <- function(a, b) sum(wide[[paste0("rank.", a)]] < wide[[paste0("rank.", b)]])
wins <- data.frame(a = c("active", "active", "passive"), b = c("passive", "baseline", "baseline"))
wins$w <- mapply(beats, wins$a, wins$b); wins$l <- 24 - wins$w
wins$xa <- (wins$a == "active") - (wins$b == "active"); wins$xp <- (wins$a == "passive") - (wins$b == "passive")
fit <- glm(cbind(w, l) ~ -1 + xa + xp, binomial, wins, epsilon = 1e-14)
case("rankings.bt", "rankings", "glm(cbind(wins, losses) ~ -1 + active + passive, binomial)", "stats",
     list(est = list(active = coef(fit)[[1]], passive = coef(fit)[[2]]), se = list(active = sqrt(vcov(fit)[1, 1]), passive = sqrt(vcov(fit)[2, 2]))))
fit <- coxph(Surv(rank, rep(1, nrow(d))) ~ condition + strata(participant), d)
case("rankings.pl", "rankings", "coxph(Surv(rank, rep(1, n)) ~ condition + strata(participant)): the exploded logit is Plackett-Luce", "survival",
     c(list(loglik = fit$loglik[2]), both(coef(fit), sqrt(diag(vcov(fit))))))
case("rankings.friedman", "rankings", "friedman.test(rank ~ condition | participant)", "stats",
     with(friedman.test(rank ~ condition | participant, d), list(chi2 = statistic[[1]], df = parameter[[1]], p = p.value)))
x <- beats("active", "passive")
case("rankings.binom", "rankings", "binom.test(sum(active < passive), 24); prop.test(..., correct = FALSE)$conf.int", "stats",
     list(x = x, p = binom.test(x, 24)$p.value, cp_low = binom.test(x, 24)$conf.int[1], cp_high = binom.test(x, 24)$conf.int[2],
          wilson_low = prop.test(x, 24, correct = FALSE)$conf.int[1], wilson_high = prop.test(x, 24, correct = FALSE)$conf.int[2]))

write(toJSON(cases, digits = NA, auto_unbox = TRUE, pretty = 1, na = "null"), "ordinal.json")
