# R's answers for period, sequence and carry-over: Rscript crossover.R writes crossover.json beside it.
# R 4.2.2, lme4 1.1.31, lmerTest 3.1.3, pbkrtest 0.5.2, emmeans 1.8.4.1.
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(emmeans); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
pairs_of <- function(made) {
  rows <- as.data.frame(summary(contrast(made, "pairwise", adjust = "none"), infer = TRUE))
  lapply(setNames(seq_len(nrow(rows)), as.character(rows$contrast)), function(i) list(difference = rows$estimate[i], se = rows$SE[i],
    df = rows$df[i], low = rows$lower.CL[i], high = rows$upper.CL[i], value = rows$t.ratio[i], p = rows$p.value[i]))
}
test_of <- function(fit, term) { row <- anova(fit, ddf = "Kenward-Roger")[term, ]; list(f = row[["F value"]], df1 = row[["NumDF"]], df2 = row[["DenDF"]], p = row[["Pr(>F)"]]) }
# `more`: further terms of every model, such as " + task + need".
analyses <- function(name, more = "") {
  d <- read.csv(file.path(here, paste0("mixed_", name, ".csv")), na.strings = c("", "NA"))
  d$block <- factor(d$block); d$participant <- factor(d$participant)
  d$p_active <- as.numeric(!is.na(d$previous) & d$previous == "active")
  d$p_baseline <- as.numeric(!is.na(d$previous) & d$previous == "baseline")
  model <- function(terms = "") {
    formula <- paste0("score ~ condition + block", more, terms, " + (1 | participant)")
    eval(bquote(lmerTest::lmer(.(as.formula(formula)), d, control = tight)))
  }
  fit <- model()
  seq <- model(" + sequence")
  carry <- model(" + p_active + p_baseline")
  L <- matrix(0, 2, length(fixef(carry))); L[1, names(fixef(carry)) == "p_active"] <- 1; L[2, names(fixef(carry)) == "p_baseline"] <- 1
  both <- lmerTest::contestMD(carry, L, ddf = "Kenward-Roger")
  list(period = test_of(fit, "block"), sequence = test_of(seq, "sequence"),
    carry_over = list(f = both[["F value"]], df1 = both[["NumDF"]], df2 = both[["DenDF"]], p = both[["Pr(>F)"]]),
    contrasts = pairs_of(emmeans(fit, "condition", lmer.df = "kenward-roger")),
    without_carry_over = pairs_of(emmeans(carry, "condition", lmer.df = "kenward-roger")),
    first_period = pairs_of(emmeans(lm(as.formula(paste0("score ~ condition", more)), subset(d, block == 1)), "condition")))
}
write_json(list(r = R.version.string, calls = "see crossover.R", demo = analyses("demo"), missing = analyses("missing"),
  demo_task_need = analyses("demo", " + task + need"), missing_task_need = analyses("missing", " + task + need")),
  file.path(here, "crossover.json"), digits = NA, auto_unbox = TRUE, pretty = TRUE)
