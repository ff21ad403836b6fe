# Writes ranks.json: R's answers on the data of ranks_data.py. Run: Rscript tests/analysis/reference/ranks.R
# Each case holds the call and the package's version. R makes the numbers; the tests only read them.
suppressMessages({
  library(jsonlite); library(coin); library(effectsize); library(psych); library(lavaan); library(BayesFactor)
  library(pwr); library(boot)
})
options(digits = 15, effectsize_warnings = FALSE)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
ratings <- read.csv(file.path(here, "ranks_ratings.csv"))
items <- read.csv(file.path(here, "ranks_items.csv"))
codes <- read.csv(file.path(here, "ranks_codes.csv"))
cases <- list()
answer <- function(id, call, package, expected) {
  version <- if (package == "stats") as.character(getRversion()) else as.character(packageVersion(package))
  cases[[length(cases) + 1]] <<- list(id = id, call = call, package = package, version = version,
                                      R = as.character(getRversion()), expected = expected)
}
settled <- function(x) round(x, 10)
wide <- function(value) {
  all <- reshape(ratings[, c("participant", "condition", value)], idvar = "participant", timevar = "condition",
                 direction = "wide")
  names(all) <- sub(paste0(value, "."), "", names(all), fixed = TRUE)
  all[order(all$participant), ]
}
both <- function(value, one, two) { w <- wide(value); na.omit(w[, c("participant", one, two)]) }

# --- two conditions -------------------------------------------------------------------------------
for (pairing in list(c("active", "passive"), c("active", "baseline"), c("passive", "baseline"))) {
  for (value in c("score", "item", "seconds")) {
    w <- both(value, pairing[1], pairing[2]); x <- w[[2]]; y <- w[[3]]; d <- settled(x - y)
    id <- paste(value, pairing[1], pairing[2], sep = ".")
    t <- t.test(d)
    dz <- cohens_d(d, mu = 0)
    answer(paste0("paired_t.", id), "t.test(x - y)", "stats", list(n = length(d), t = t$statistic[[1]],
           p = t$p.value, difference = t$estimate[[1]], low = t$conf.int[1], high = t$conf.int[2]))
    answer(paste0("dz.", id), "cohens_d(x - y)", "effectsize",
           list(dz = dz$Cohens_d, low = dz$CI_low, high = dz$CI_high))
    # the sign test's data as a frame: wilcoxsign_test takes y ~ x
    zero <- rep(0, length(d))
    exact <- function(d, zeros) pvalue(wilcoxsign_test(d ~ rep(0, length(d)), distribution = "exact", zero.method = zeros))[1]
    pratt <- wilcoxsign_test(d ~ zero)
    rb <- rank_biserial(d)
    answer(paste0("wilcoxon.", id),
           "wilcoxsign_test(d ~ 0, distribution = 'exact', zero.method = 'Wilcoxon' | 'Pratt'); wilcoxsign_test(d ~ 0)",
           "coin", list(p_exact = exact(d, "Wilcoxon"), p_pratt = exact(d, "Pratt"),
                        p_normal_pratt = pvalue(pratt)[1], z_normal_pratt = statistic(pratt)[[1]]))
    plain <- suppressWarnings(wilcox.test(d, exact = FALSE, correct = FALSE))
    corrected <- suppressWarnings(wilcox.test(d, exact = FALSE, correct = TRUE))
    walsh <- outer(d, d, "+")[!lower.tri(outer(d, d, "+"))] / 2
    answer(paste0("wilcoxon_normal.", id), "wilcox.test(d, exact = FALSE, correct = FALSE | TRUE); median of Walsh averages",
           "stats", list(w_plus = plain$statistic[[1]], p_normal = plain$p.value, p_continuity = corrected$p.value,
                         hodges_lehmann = median(walsh)))
    answer(paste0("rank_biserial.", id), "rank_biserial(d)", "effectsize",
           list(r = rb$r_rank_biserial, low = rb$CI_low, high = rb$CI_high))
    # The interval of the shift: coin's exact test, inverted between neighbouring Walsh averages.
    if (value == "seconds") {
      ci <- wilcox.test(d, conf.int = TRUE, exact = TRUE)$conf.int
      answer(paste0("shift.", id), "wilcox.test(d, conf.int = TRUE, exact = TRUE)", "stats", list(low = ci[1], high = ci[2]))
    } else {
      steps <- sort(unique(round(walsh, 9))); mid <- (head(steps, -1) + tail(steps, -1)) / 2
      p <- sapply(mid, function(m) exact(settled(d - m), "Wilcoxon"))
      kept <- which(p > 0.05)
      answer(paste0("shift.", id), "wilcoxsign_test(d - m ~ 0, distribution = 'exact') for each m between Walsh averages",
             "coin", list(low = steps[min(kept)], high = steps[max(kept) + 1]))
    }
    for (r in c(sqrt(2) / 2, 1)) {
      bf <- ttestBF(d, rscale = r); up <- ttestBF(d, rscale = r, nullInterval = c(0, Inf))
      answer(paste0("jzs.", id, ".r", round(r, 3)), "ttestBF(d, rscale = r); with nullInterval = c(0, Inf)", "BayesFactor",
             list(rscale = r, bf10 = extractBF(bf)$bf, above = extractBF(up)$bf[1], below = extractBF(up)$bf[2]))
    }
    bound <- 0.5 * sd(x - y)
    lower <- t.test(d, mu = -bound, alternative = "greater"); upper <- t.test(d, mu = bound, alternative = "less")
    ci <- t.test(d, conf.level = 0.9)$conf.int
    answer(paste0("tost.", id), "t.test(d, mu = -b, alternative = 'greater'); t.test(d, mu = b, alternative = 'less')", "stats",
           list(bound = bound, t_lower = lower$statistic[[1]], p_lower = lower$p.value, t_upper = upper$statistic[[1]],
                p_upper = upper$p.value, low = ci[1], high = ci[2]))
  }
}

# --- two groups -----------------------------------------------------------------------------------
for (value in c("score", "item", "seconds")) {
  part <- ratings[ratings$condition == "active", ]
  x <- part[[value]][part$group == "novice"]; y <- part[[value]][part$group == "expert"]
  welch <- t.test(x, y); student <- t.test(x, y, var.equal = TRUE)
  answer(paste0("welch.", value), "t.test(x, y)", "stats", list(t = welch$statistic[[1]], df = welch$parameter[[1]],
         p = welch$p.value, difference = mean(x) - mean(y), low = welch$conf.int[1], high = welch$conf.int[2]))
  answer(paste0("student.", value), "t.test(x, y, var.equal = TRUE)", "stats", list(t = student$statistic[[1]],
         df = student$parameter[[1]], p = student$p.value, low = student$conf.int[1], high = student$conf.int[2]))
  d <- cohens_d(x, y); g <- hedges_g(x, y); av <- cohens_d(x, y, pooled_sd = FALSE); delta <- rank_biserial(settled(x), settled(y))
  answer(paste0("d.", value), "cohens_d(x, y); hedges_g(x, y); cohens_d(x, y, pooled_sd = FALSE); rank_biserial(x, y)",
         "effectsize", list(d = d$Cohens_d, d_low = d$CI_low, d_high = d$CI_high, g = g$Hedges_g, g_low = g$CI_low,
                            g_high = g$CI_high, d_av = av$Cohens_d, d_av_low = av$CI_low, d_av_high = av$CI_high,
                            delta = delta$r_rank_biserial, delta_low = delta$CI_low, delta_high = delta$CI_high))
  exact <- function(a, b) {
    frame <- data.frame(v = c(a, b), g = factor(rep(c("a", "b"), c(length(a), length(b)))))
    frame$v <- settled(frame$v); pvalue(wilcox_test(v ~ g, frame, distribution = "exact"))[1]
  }
  plain <- suppressWarnings(wilcox.test(settled(x), settled(y), exact = FALSE, correct = FALSE))
  corrected <- suppressWarnings(wilcox.test(settled(x), settled(y), exact = FALSE, correct = TRUE))
  gaps <- outer(x, y, "-"); steps <- sort(unique(round(as.vector(gaps), 9))); mid <- (head(steps, -1) + tail(steps, -1)) / 2
  kept <- which(sapply(mid, function(m) exact(x - m, y)) > 0.05)
  answer(paste0("mann_whitney.", value),
         "wilcox_test(v ~ g, distribution = 'exact'), inverted between the differences; wilcox.test(x, y, exact = FALSE)",
         "coin", list(u = plain$statistic[[1]], p_exact = exact(x, y), p_normal = plain$p.value,
                      p_continuity = corrected$p.value, shift = median(gaps), low = steps[min(kept)],
                      high = steps[max(kept) + 1]))
  if (value == "seconds") {
    ci <- wilcox.test(x, y, conf.int = TRUE, exact = TRUE)
    answer("mann_whitney_untied.seconds", "wilcox.test(x, y, conf.int = TRUE, exact = TRUE)", "stats",
           list(p = ci$p.value, low = ci$conf.int[1], high = ci$conf.int[2], shift = ci$estimate[[1]]))
  }
  bf <- ttestBF(x, y); up <- ttestBF(x, y, nullInterval = c(0, Inf))
  answer(paste0("jzs_groups.", value), "ttestBF(x, y); with nullInterval = c(0, Inf)", "BayesFactor",
         list(bf10 = extractBF(bf)$bf, above = extractBF(up)$bf[1], below = extractBF(up)$bf[2]))
  lower <- t.test(x, y, mu = -1, alternative = "greater"); upper <- t.test(x, y, mu = 1, alternative = "less")
  answer(paste0("tost_groups.", value), "t.test(x, y, mu = -1, alternative = 'greater'); t.test(x, y, mu = 1, alternative = 'less')",
         "stats", list(bound = 1, p_lower = lower$p.value, p_upper = upper$p.value))
}

# --- three conditions -----------------------------------------------------------------------------
for (value in c("score", "item", "seconds")) {
  whole <- as.matrix(na.omit(wide(value))[, c("active", "passive", "baseline")]); m <- settled(whole)
  f <- friedman.test(m); n <- nrow(m); k <- ncol(m); chi2 <- f$statistic[[1]]
  ranks <- t(apply(m, 1, rank)); total <- colSums(ranks)
  fid <- (n - 1) * chi2 / (n * (k - 1) - chi2)
  answer(paste0("friedman.", value), "friedman.test(m); pf of (n - 1) chi2 / (n(k - 1) - chi2)", "stats",
         list(n = n, chi2 = chi2, p = f$p.value, f = fid, p_f = pf(fid, k - 1, (k - 1) * (n - 1), lower.tail = FALSE),
              mean_ranks = as.list(colMeans(ranks))))
  long <- data.frame(v = as.vector(m), c = factor(rep(colnames(m), each = n)), p = factor(rep(seq_len(n), k)))
  w <- kendalls_w(v ~ c | p, data = long, verbose = FALSE, iterations = 10)
  answer(paste0("kendalls_w.", value), "kendalls_w(v ~ c | p)", "effectsize", list(w = w$Kendalls_W))
  pairs <- combn(colnames(m), 2, simplify = FALSE)
  nemenyi <- sapply(pairs, function(q) ptukey(abs(diff(colMeans(ranks)[q])) / sqrt(k * (k + 1) / (6 * n)) * sqrt(2), k, Inf, lower.tail = FALSE))
  a <- sum(ranks^2); df <- (n - 1) * (k - 1)
  spread <- sqrt(2 * n * (a - n * k * (k + 1)^2 / 4) / df * (1 - chi2 / (n * (k - 1))))
  conover <- sapply(pairs, function(q) 2 * pt(abs(diff(total[q])) / spread, df, lower.tail = FALSE))
  label <- sapply(pairs, paste, collapse = "-")
  answer(paste0("after_friedman.", value), "ptukey(q, k, Inf); Conover (1999) by pt; p.adjust", "stats",
         list(nemenyi = as.list(setNames(nemenyi, label)), conover = as.list(setNames(conover, label)),
              conover_holm = as.list(setNames(p.adjust(conover, "holm"), label))))
  exact <- sapply(pairs, function(q) pvalue(wilcoxsign_test(settled(whole[, q[1]] - whole[, q[2]]) ~ rep(0, n), distribution = "exact", zero.method = "Wilcoxon"))[1])
  answer(paste0("wilcoxon_pairs.", value), "wilcoxsign_test(..., distribution = 'exact', zero.method = 'Wilcoxon'); p.adjust(p, 'holm')",
         "coin", list(p = as.list(setNames(exact, label)), p_holm = as.list(setNames(p.adjust(exact, "holm"), label))))
}

# --- binary ---------------------------------------------------------------------------------------
# Tango's (1998) score interval of a paired difference, from its definition.
tango <- function(b, c, n, level = 0.95) {
  z <- function(delta) {
    q <- function(q) -(b * log(q + delta) + c * log(q) + (n - b - c) * log(1 - 2 * q - delta))
    low <- max(0, -delta) + 1e-12; high <- (1 - delta) / 2 - 1e-12
    A <- 2 * n; B <- -b - c + (2 * n - b + c) * delta; C <- -c * delta * (1 - delta)
    q21 <- (sqrt(B^2 - 4 * A * C) - B) / (2 * A)
    found <- optimize(q, c(low, high), tol = 1e-12)$minimum
    stopifnot(b == 0 || c == 0 || abs(found - q21) < 1e-5)  # the closed form is the constrained maximum
    (b - c - n * delta) / sqrt(n * (2 * q21 + delta * (1 - delta)))
  }
  q <- qnorm((1 + level) / 2); est <- (b - c) / n
  c(if (est == -1) -1 else uniroot(function(x) z(x) - q, c(-1 + 1e-9, est - 1e-12), tol = 1e-14)$root,
    if (est == 1) 1 else uniroot(function(x) z(x) + q, c(est + 1e-12, 1 - 1e-9), tol = 1e-14)$root)
}
for (pairing in list(c("active", "passive"), c("active", "baseline"))) {
  w <- both("success", pairing[1], pairing[2])
  b <- sum(w[[2]] == 1 & w[[3]] == 0); c <- sum(w[[2]] == 0 & w[[3]] == 1); n <- nrow(w)
  exact <- binom.test(b, b + c); score <- tango(b, c, n); or <- exact$conf.int / (1 - exact$conf.int)
  answer(paste("mcnemar", pairing[1], pairing[2], sep = "."), "binom.test(b, b + c); Tango's score interval by uniroot", "stats",
         list(n = n, b = b, c = c, p = exact$p.value, difference = (b - c) / n, low = score[1], high = score[2],
              odds = b / c, odds_low = or[1], odds_high = or[2]))
}
for (counts in list(c(1, 7, 21), c(0, 0, 24), c(5, 0, 24), c(10, 10, 30))) {
  score <- tango(counts[1], counts[2], counts[3])
  answer(paste("tango", paste(counts, collapse = "."), sep = "."), "Tango's score interval by uniroot", "stats",
         list(b = counts[1], c = counts[2], n = counts[3], low = score[1], high = score[2]))
}
m <- as.matrix(na.omit(wide("success"))[, c("active", "passive", "baseline")])
long <- data.frame(v = as.vector(m), c = factor(rep(colnames(m), each = nrow(m))), p = factor(rep(seq_len(nrow(m)), 3)))
q <- symmetry_test(v ~ c | p, data = long, teststat = "quadratic")
answer("cochran_q", "symmetry_test(v ~ c | p, teststat = 'quadratic')", "coin",
       list(n = nrow(m), q = statistic(q)[[1]], p = pvalue(q)[1]))
for (x in c(0, 5, 24)) {
  exact <- binom.test(x, 24); wilson <- prop.test(x, 24, correct = FALSE)
  answer(paste0("proportion.", x), "binom.test(x, 24); prop.test(x, 24, correct = FALSE)", "stats",
         list(x = x, n = 24, p = exact$p.value, low = exact$conf.int[1], high = exact$conf.int[2],
              wilson_low = wilson$conf.int[1], wilson_high = wilson$conf.int[2]))
}
for (x in c(3, 12, 20)) {
  bf <- proportionBF(x, 24, p = 0.5, rscale = 0.5)
  answer(paste0("binomial_bf.", x), "proportionBF(x, 24, p = .5, rscale = .5)", "BayesFactor",
         list(x = x, n = 24, bf10 = extractBF(bf)$bf, beta = beta(x + 1, 25 - x) / 0.5^24))
}

# --- bootstrap, multiplicity ----------------------------------------------------------------------
w <- both("score", "active", "baseline"); d <- settled(w[[2]] - w[[3]])
set.seed(1); b <- boot(d, function(x, i) mean(x[i]), 50000); ci <- boot.ci(b, type = c("bca", "perc"))
answer("bca", "boot.ci(boot(d, mean, 50000), type = 'bca'); empinf(type = 'jack')", "boot",
       list(low = ci$bca[4], high = ci$bca[5], percentile_low = ci$percent[4], percentile_high = ci$percent[5],
            acceleration = { l <- empinf(b, type = "jack"); sum(l^3) / (6 * sum(l^2)^1.5) }))
p <- c(0.001, 0.04, 0.03, 0.2, 0.5, 0.041)
answer("p_adjust", "p.adjust(p, 'holm' | 'BH')", "stats", list(p = p, holm = p.adjust(p, "holm"), bh = p.adjust(p, "BH")))

# --- reliability ----------------------------------------------------------------------------------
names5 <- paste0("i", 1:5)
feldt <- function(a, n, k) 1 - (1 - a) * qf(c(0.975, 0.025), n - 1, (n - 1) * (k - 1))
for (turned in c(TRUE, FALSE)) for (name in c("active", "passive", "baseline")) {
  part <- na.omit(items[items$condition == name, names5]); if (turned) part$i3 <- 8 - part$i3
  a <- suppressMessages(suppressWarnings(psych::alpha(part, warnings = FALSE)))
  ci <- feldt(a$total$raw_alpha, nrow(part), 5)
  answer(paste0("alpha.", name, if (turned) "" else ".unreversed"), "psych::alpha(items); Feldt interval by qf", "psych",
         list(n = nrow(part), alpha = a$total$raw_alpha, standardised = a$total$std.alpha, g6 = a$total$`G6(smc)`,
              r = a$total$average_r, item_rest = as.list(setNames(a$item.stats$r.drop, names5)),
              deleted = as.list(setNames(a$alpha.drop$raw_alpha, names5)), low = ci[1], high = ci[2]))
  if (turned) {
    fit <- suppressWarnings(cfa("f =~ i1 + i2 + i3 + i4 + i5", part, std.lv = TRUE))
    est <- lavInspect(fit, "est"); load <- est$lambda[, 1]; rest <- diag(est$theta); m <- fitMeasures(fit)
    answer(paste0("omega.", name), "cfa('f =~ i1 + … + i5', std.lv = TRUE)", "lavaan",
           list(omega = sum(load)^2 / (sum(load)^2 + sum(rest)), loadings = as.list(abs(load)), residuals = as.list(rest),
                chi2 = m[["chisq"]], df = m[["df"]], p = m[["pvalue"]], cfi = m[["cfi"]], tli = m[["tli"]],
                rmsea = m[["rmsea"]], srmr = m[["srmr"]]))
  }
}
part <- na.omit(items); part$i3 <- 8 - part$i3
for (by in c("participant", "condition")) {
  residual <- sapply(part[, names5], function(v) resid(lm(v ~ part[[by]])))
  s <- crossprod(residual)
  answer(paste0("alpha_within.", by), "alpha from crossprod(resid(lm(item ~ group)))", "stats",
         list(alpha = 5 / 4 * (1 - sum(diag(s)) / sum(s))))
}
two <- na.omit(items[items$condition == "active", c("i1", "i2")]); r <- cor(two$i1, two$i2)
answer("spearman_brown", "2 * r / (1 + r)", "stats", list(n = nrow(two), value = 2 * r / (1 + r)))

# --- agreement ------------------------------------------------------------------------------------
two <- na.omit(codes[, c("c1", "c2")])
k <- psych::cohen.kappa(two); levels <- sort(unique(unlist(two)))
linear <- psych::cohen.kappa(two, w = abs(outer(levels, levels, "-")))
answer("kappa", "psych::cohen.kappa(two); with w = |i - j|", "psych",
       list(n = nrow(two), kappa = k$kappa, quadratic = k$weighted.kappa, linear = linear$weighted.kappa,
            low = k$confid[1, 1], high = k$confid[1, 3]))
# Krippendorff's alpha from its definition in pairs of values, not from the coincidence matrix.
kripp <- function(m, distance) {
  rows <- apply(m, 1, function(r) r[!is.na(r)], simplify = FALSE); rows <- rows[lengths(rows) > 1]
  pool <- unlist(rows); n <- length(pool)
  seen <- sum(sapply(rows, function(r) sum(outer(r, r, Vectorize(distance))) / (length(r) - 1))) / n
  by_chance <- sum(outer(pool, pool, Vectorize(distance))) / (n * (n - 1))
  1 - seen / by_chance
}
m <- as.matrix(codes[, c("c1", "c2", "c3")])
pool <- unlist(apply(m, 1, function(r) { r <- r[!is.na(r)]; if (length(r) > 1) r }, simplify = FALSE))
count <- table(factor(pool, levels = sort(unique(pool))))
ordinal <- function(a, b) { at <- as.numeric(names(count)); lo <- min(a, b); hi <- max(a, b)
  (sum(count[at >= lo & at <= hi]) - (count[at == a] + count[at == b]) / 2)^2 * (a != b) }
answer("krippendorff", "1 - observed / expected disagreement over all pairs of values", "stats",
       list(nominal = kripp(m, function(a, b) a != b), ordinal = kripp(m, ordinal),
            interval = kripp(m, function(a, b) (a - b)^2), ratio = kripp(m, function(a, b) ((a - b) / (a + b))^2)))

# --- power ----------------------------------------------------------------------------------------
for (n in c(6, 24)) answer(paste0("power_groups.", n), "pwr.t.test(n, d = .8); pwr.t.test(n, power = .8); pwr.t2n.test(n, n + 4, d = .8)", "pwr",
  list(n = n, power = pwr.t.test(n, .8)$power, smallest = pwr.t.test(n, power = .8)$d, unequal = pwr.t2n.test(n, n + 4, .8)$power))
for (d in c(0.35, 0.9)) answer(paste0("power_needed.", d), "ceiling(pwr.t.test(d, power = .8, type = 'paired')$n)", "pwr",
  list(d = d, n = ceiling(pwr.t.test(d = d, power = .8, type = "paired")$n), groups = ceiling(pwr.t.test(d = d, power = .8)$n)))

write_json(cases, file.path(here, "ranks.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
