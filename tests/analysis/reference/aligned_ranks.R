# Aligned ranks written out in base R (ARTool could not be installed), their F by lmerTest: Rscript aligned_ranks.R writes
# aligned_ranks.json beside it. R 4.2.2, lme4 1.1.31, lmerTest 3.1.3, pbkrtest 0.5.2, emmeans 1.8.4.1.
# Alignment: Wobbrock et al. (2011), equations 1 to 3: residual of the cell mean + the effect estimated from row means.
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(emmeans); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5), check.conv.singular = "ignore")
align <- function(d, y, factors, term) {
  residual <- y - do.call(ave, c(list(y), d[factors]))
  effect <- switch(length(term),
    ave(y, d[[term[1]]]) - mean(y),
    ave(y, d[[term[1]]], d[[term[2]]]) - ave(y, d[[term[1]]]) - ave(y, d[[term[2]]]) + mean(y),
    ave(y, d[[term[1]]], d[[term[2]]], d[[term[3]]]) - ave(y, d[[term[1]]], d[[term[2]]]) - ave(y, d[[term[1]]], d[[term[3]]]) -
      ave(y, d[[term[2]]], d[[term[3]]]) + ave(y, d[[term[1]]]) + ave(y, d[[term[2]]]) + ave(y, d[[term[3]]]) - mean(y))
  rank(round(residual + effect, 8))
}
lmer_of <- function(d, factors) {
  sums <- setNames(rep(list("contr.sum"), length(factors)), factors)
  lmerTest::lmer(as.formula(paste("r ~", paste(factors, collapse = " * "), "+ (1 | participant)")), d, contrasts = sums, control = tight)
}
art <- function(file, value, factors) {
  d <- read.csv(file.path(here, paste0("mixed_", file, ".csv")), na.strings = c("", "NA")); y <- d[[value]]
  for (f in factors) d[[f]] <- factor(d[[f]])
  terms <- unlist(lapply(seq_along(factors), function(k) combn(factors, k, simplify = FALSE)), recursive = FALSE)
  list(file = file, value = value, factors = factors, terms = lapply(setNames(terms, sapply(terms, paste, collapse = ":")), function(term) {
    d$r <- align(d, y, factors, term); fit <- lmer_of(d, factors); table <- anova(fit, type = "III", ddf = "Kenward-Roger")
    row <- table[paste(term, collapse = ":"), ]
    list(ranks = d$r, singular = isSingular(fit), f = row[["F value"]], df1 = row[["NumDF"]], df2 = row[["DenDF"]], p = row[["Pr(>F)"]])
  }))
}
con <- function(file, value, factors, of) {
  d <- read.csv(file.path(here, paste0("mixed_", file, ".csv")), na.strings = c("", "NA")); y <- d[[value]]
  d$joined <- factor(do.call(paste, c(d[of], sep = " · "))); rest <- setdiff(factors, of)
  for (f in rest) d[[f]] <- factor(d[[f]])
  d$r <- align(d, y, c("joined", rest), "joined"); fit <- lmer_of(d, c("joined", rest))
  rows <- as.data.frame(summary(contrast(emmeans(fit, "joined", lmer.df = "kenward-roger"), "pairwise", adjust = "none"), infer = TRUE))
  levels <- combn(levels(d$joined), 2)
  list(file = file, value = value, factors = factors, of = as.list(of), pairs = lapply(seq_len(nrow(rows)), function(i) list(first = levels[1, i],
    second = levels[2, i], difference = rows$estimate[i], se = rows$SE[i], df = rows$df[i], low = rows$lower.CL[i], high = rows$upper.CL[i], value = rows$t.ratio[i], p = rows$p.value[i])))
}
write_json(list(r = R.version.string, calls = "see aligned_ranks.R",
  art = list(art("phases", "item", c("condition", "phase")), art("demo", "item", c("condition", "group")), art("missing", "item", c("condition", "group")),
    art("phases", "item", c("condition", "phase", "group"))),
  con = list(con("phases", "item", c("condition", "phase"), "condition"), con("phases", "item", c("condition", "phase"), c("condition", "phase")),
    con("demo", "item", c("condition", "group"), c("condition", "group")))),
  file.path(here, "aligned_ranks.json"), digits = NA, auto_unbox = TRUE, pretty = FALSE)
