# The cases of benchmarks/statistics.py in R: Rscript statistics_cases.R data.csv repetitions → JSON, timed inside.
suppressMessages({library(lme4); library(lmerTest); library(ordinal); library(afex); library(coin); library(psych); library(jsonlite)})
given <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(given[1], stringsAsFactors = TRUE)
repetitions <- as.integer(given[2])
rows$period <- factor(rows$period)
rows$answer <- factor(rows$item, ordered = TRUE)
formula <- score ~ condition + period + task + (1 | participant)
contrasts_of <- rbind(c(0, 0, -1, 0, 0, 0, 0), c(0, -1, 0, 0, 0, 0, 0), c(0, -1, 1, 0, 0, 0, 0))  # active first, by name
mixed <- function(ddf) {
  fit <- lmer(formula, rows)
  t(apply(contrasts_of, 1, function(row) unlist(contest1D(fit, row, ddf = ddf)[c("Estimate", "Std. Error", "df", "Pr(>|t|)")])))
}
wide <- reshape(rows[c("participant", "condition", "score", "item")], idvar = "participant", timevar = "condition", direction = "wide")
items <- rows[rows$condition == "active", c("i1", "i2", "i3", "i4", "i5")]
cases <- list(
  "mixed model, Kenward–Roger" = function() mixed("Kenward-Roger"),
  "mixed model, Satterthwaite" = function() mixed("Satterthwaite"),
  "cumulative-link mixed model, 10 nodes" = function() {
    fit <- clmm(answer ~ condition + period + task + (1 | participant), rows, nAGQ = 10)
    -coef(summary(fit))["conditionpassive", "Estimate"]
  },
  "repeated-measures ANOVA, Greenhouse–Geisser" = function() {
    found <- aov_ez("participant", "score", rows, within = "condition")
    unlist(found$anova_table[c("F", "Pr(>F)")])
  },
  "paired t" = function() {
    found <- t.test(wide$score.active, wide$score.passive, paired = TRUE)
    c(found$statistic, found$p.value, found$conf.int)
  },
  "Wilcoxon, exact with ties and zeros" = function()
    pvalue(wilcoxsign_test(wide$item.active ~ wide$item.passive, distribution = "exact", zero.method = "Wilcoxon")),
  "Friedman" = function() {
    found <- friedman.test(as.matrix(wide[c("item.active", "item.passive", "item.baseline")]))
    c(found$statistic, found$p.value)
  },
  "Cronbach's alpha" = function() suppressWarnings(psych::alpha(items, check.keys = FALSE)$total$raw_alpha)
)
# proc.time() counts milliseconds: what is quicker is repeated within one measurement
timed <- function(case) {
  values <- suppressMessages(case())
  values <- as.numeric(if (is.matrix(values)) t(values) else values)
  once <- system.time(suppressMessages(case()))[["elapsed"]]
  times <- max(1, round(0.05 / max(once, 0.0005)))
  spent <- replicate(repetitions, {
    start <- proc.time()
    for (n in seq_len(times)) suppressMessages(case())
    spent <- proc.time() - start
    c(spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]]) / times
  })
  list(values = I(values), wall = spent[1, ], cpu = spent[2, ])
}
said <- paste0("R ", getRversion(), paste0(", ", c("lme4", "lmerTest", "pbkrtest", "ordinal", "afex", "coin", "psych"), " ",
  sapply(c("lme4", "lmerTest", "pbkrtest", "ordinal", "afex", "coin", "psych"), function(p) as.character(packageVersion(p))), collapse = ""))
cat(toJSON(list(version = said, cases = lapply(cases, timed)), digits = NA, auto_unbox = TRUE))
