# R's answers for analyses of variance and Welch's tests: Rscript anova.R writes anova.json beside it.
# R 4.2.2, afex 1.2.1, effectsize 0.8.3, stats 4.2.2.
suppressPackageStartupMessages({library(afex); library(effectsize); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
read <- function(name) read.csv(file.path(here, paste0("mixed_", name, ".csv")), na.strings = c("", "NA"))
# The interval of partial eta squared from its definition: effectsize's own search (optim over both bounds at once) is off in the
# upper bound where the lower one is 0; elsewhere the two agree, which is checked.
interval <- function(f, df1, df2) {
  bound <- function(share) if (pf(f, df1, df2) <= share) 0 else
    uniroot(function(nc) pf(f, df1, df2, ncp = nc) - share, c(0, 10 + 4 * f * df1), tol = 1e-12)$root
  nc <- c(bound(.95), bound(.05)); nc / (nc + df2)
}
case <- function(id, file, data, value, within = NULL, between = NULL) {
  fit <- suppressMessages(suppressWarnings(aov_ez("participant", value, data, within = within, between = between, type = 3, fun_aggregate = mean)))
  ges <- anova(fit, es = "ges", correction = "none"); pes <- anova(fit, es = "pes", correction = "none")
  ci <- as.data.frame(eta_squared(fit, partial = TRUE, ci = .9, alternative = "two.sided"))
  s <- if (is.null(within)) NULL else suppressWarnings(summary(fit))
  u <- if (is.null(within)) NULL else s$univariate.tests
  effects <- lapply(setNames(nm = rownames(ges)), function(term) {
    k <- match(term, sub(" ", "", ci$Parameter)); out <- list(f = ges[term, "F"], df1 = ges[term, "num Df"], df2 = ges[term, "den Df"], p = ges[term, "Pr(>F)"],
      ges = ges[term, "ges"], pes = pes[term, "pes"])
    ends <- interval(out$f, out$df1, out$df2); out <- c(out, list(pes_low = ends[1], pes_high = ends[2]))
    if (ends[1] > 0) stopifnot(abs(ci$CI_low[k] - ends[1]) < 2e-5, abs(ci$CI_high[k] - ends[2]) < 2e-5)
    if (!is.null(u)) out <- c(out, list(ss = u[term, "Sum Sq"], sse = u[term, "Error SS"]))
    if (!is.null(s$sphericity.tests) && term %in% rownames(s$sphericity.tests)) out <- c(out, list(
      mauchly_w = s$sphericity.tests[term, 1], mauchly_p = s$sphericity.tests[term, 2], epsilon_gg = s$pval.adjustments[term, "GG eps"],
      p_gg = s$pval.adjustments[term, "Pr(>F[GG])"], epsilon_hf = s$pval.adjustments[term, "HF eps"], p_hf = s$pval.adjustments[term, "Pr(>F[HF])"]))
    out
  })
  list(id = id, file = file, value = value, within = as.list(within), between = as.list(between), effects = effects)
}
demo <- read("demo"); missing <- read("missing"); phases <- read("phases"); one <- read("one_each")
cases <- list(
  case("one within", "demo", demo, "score", "condition"),
  case("one within, some people incomplete", "missing", missing, "score", "condition"),
  case("two within", "phases", phases, "item", c("condition", "phase")),
  case("one within, one between", "demo", demo, "item", "condition", "group"),
  case("two within, one between", "phases", phases, "item", c("condition", "phase"), "group"),
  case("one between", "one_each", one, "score", NULL, "condition"),
  case("two between", "one_each", one, "score", NULL, c("condition", "expertise")))
w <- oneway.test(score ~ condition, one)
write_json(list(r = R.version.string, calls = "see anova.R", cases = cases,
  welch = list(f = w$statistic[[1]], df1 = w$parameter[[1]], df2 = w$parameter[[2]], p = w$p.value)),
  file.path(here, "anova.json"), digits = NA, auto_unbox = TRUE, pretty = TRUE)
