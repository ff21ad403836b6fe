# --- how each test is run ---------------------------------------------------------------------------------------------
# The rows of a measure: those who are analysed and have a value; of a plan for complete cases those with every condition.
rows_of <- function(measure) {
  rows <- analysed[!is.na(analysed[[measure]]), ]
  if (complete_cases) {
    met <- split(as.character(rows$condition), rows$participant)
    whole <- vapply(met, function(own) any(vapply(groups, function(group) all(group %in% own), NA)), NA)
    rows <- rows[rows$participant %in% names(met)[whole], ]
  }
  droplevels(rows)
}

# The conditions that make the mean of a level: those whose combination of the other factors every level has. Where no
# combination is at every level (a fraction of the factorial design) all of them, which by design balance.
counted <- function(rows, level) {
  others <- if (level == "condition") character() else setdiff(factors, level)
  beside <- do.call(paste, c(list(rep("", nrow(rows))), unname(as.list(rows[others])), list(sep = "\r")))
  shared <- Reduce(intersect, split(beside, droplevels(factor(rows[[level]]))))
  unique(as.character(rows$condition[!length(shared) | beside %in% shared]))
}
# One value per participant and level: the mean over the conditions with that level. Only of who has a value in each of these
# conditions that they were to meet: what is left would hold another mixture of the other factors.
per_level <- function(measure, level) {
  rows <- rows_of(measure)
  rows <- rows[rows$condition %in% counted(rows, level), ]
  cells <- aggregate(rows[[measure]], list(condition = as.character(rows$condition), participant = rows$participant,
                                           level = rows[[level]]), mean)
  means <- aggregate(cells$x, list(participant = cells$participant, level = cells$level), mean)
  whole <- mapply(function(who, name) {
    of_level <- unique(cells$condition[cells$level == name])
    own <- cells$condition[cells$participant == who & cells$level == name]
    any(vapply(groups, function(group) any(of_level %in% group) && all(intersect(group, of_level) %in% own), NA))
  }, as.character(means$participant), as.character(means$level))
  setNames(means[whole, ], c("participant", "level", "value"))
}
wide_of <- function(measure, level) {
  means <- per_level(measure, level)
  tapply(means$value, list(means$participant, means$level), mean)
}
both_of <- function(measure, level, contrast) {
  both <- wide_of(measure, level)[, contrast]
  both[stats::complete.cases(both), ]
}
groups_of <- function(measure, level, contrast) {
  means <- per_level(measure, level)
  lapply(contrast, function(name) means$value[means$level == name])
}

# `side`: where the test sees the effect; with zeros and ties the shift of a rank test can lie on the other side.
found <- function(estimate = NA, low = NA, high = NA, statistic = NA, df = NA, df2 = NA, p = NA, se = NA, side = estimate)
  data.frame(estimate, low, high, statistic, df = ifelse(is.infinite(df), NA, df), df2, p, se, side)

# First minus second of the marginal means: other factors count evenly, numbers stand at their mean. `by`: another factor with
# two of its levels, for an interaction: the contrast at the first of them less the contrast at the second.
contrast_of <- function(fit, rows, level, contrast, df = NULL, by = NULL, ...) {
  means <- emmeans::emmeans(fit, c(level, by[[1]]), data = rows, lmer.df = "kenward-roger", ...)
  if (!is.null(df)) means <- update(means, df = df)
  side <- function(factor, pair) (as.character(means@grid[[factor]]) == pair[[1]]) - (as.character(means@grid[[factor]]) == pair[[2]])
  weights <- list(planned = side(level, contrast) * (if (is.null(by)) 1 else side(by[[1]], by[[2]])))
  combined <- emmeans::contrast(means, weights, adjust = "none")
  one <- summary(combined, infer = TRUE)
  named <- function(...) one[[intersect(c(...), names(one))]]
  structure(found(one$estimate, named("lower.CL", "asymp.LCL"), named("upper.CL", "asymp.UCL"), named("t.ratio", "z.ratio"),
                  one$df, NA, one$p.value, one$SE), weights = drop(combined@linfct))
}

mixed_model <- function(formula, level, contrast, by = NULL) {
  rows <- rows_of(all.vars(formula)[[1]])
  control <- lme4::lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5),
                               check.conv.singular = "ignore")
  contrast_of(lmerTest::lmer(formula, rows, REML = TRUE, control = control), rows, level, contrast, by = by)
}
regression <- function(formula, level, contrast, by = NULL) {
  rows <- rows_of(all.vars(formula)[[1]])
  contrast_of(lm(formula, rows), rows, level, contrast, by = by)
}

ordinal_rows <- function(formula) {
  rows <- rows_of(all.vars(formula)[[1]])
  rows[[all.vars(formula)[[1]]]] <- ordered(rows[[all.vars(formula)[[1]]]])
  rows
}
# Few people: t with the degrees of freedom of a split-plot design (SAS: DDFM=BETWITHIN), within people or between them.
between_within <- function(formula, rows, level, by = NULL) {
  x <- model.matrix(delete.response(terms(update(formula, . ~ . - (1 | participant)))), rows)
  inner <- apply(x, 2, function(column) column - ave(column, rows$participant))
  moves <- apply(abs(inner), 2, max) > 1e-9
  people <- length(unique(rows$participant))
  levels_of <- function(factor) tapply(as.character(rows[[factor]]), rows$participant, function(own) length(unique(own)))
  varies <- any(vapply(c(level, by[[1]]), function(factor) any(levels_of(factor) > 1, na.rm = TRUE), NA))
  if (varies) nrow(rows) - people - qr(inner[, moves, drop = FALSE])$rank
  else people - qr(x[, !moves, drop = FALSE])$rank
}
ordinal_model <- function(formula, level, contrast, by = NULL) {
  rows <- ordinal_rows(formula)
  fit <- do.call(ordinal::clm, list(formula, data = rows, control = ordinal::clm.control(gradTol = 1e-10)))
  contrast_of(fit, rows, level, contrast, between_within(formula, rows, level, by), by)
}
ordinal_mixed_model <- function(formula, level, contrast, by = NULL) {
  rows <- ordinal_rows(formula)
  control <- ordinal::clmm.control(gradTol = 1e-8, useMatrix = FALSE, maxIter = 500, innerCtrl = "noWarn")
  fit <- do.call(ordinal::clmm, list(formula, data = rows, nAGQ = 10, control = control))
  if (sqrt(unlist(ordinal::VarCorr(fit)))[[1]] < 1e-4)  # no variance between participants: the model without it
    return(ordinal_model(update(formula, . ~ . - (1 | participant)), level, contrast, by))
  contrast_of(fit, rows, level, contrast, between_within(formula, rows, level, by), by)
}

# What is held constant has an effect of its own at every threshold; the contrast is the same at all of them.
partial_odds_model <- function(formula, given, level, contrast) {
  rows <- ordinal_rows(formula)
  fit <- do.call(ordinal::clm, list(update(formula, paste(". ~ . -", given)), nominal = reformulate(given), data = rows,
                                    control = ordinal::clm.control(gradTol = 1e-10)))
  weights <- (names(coef(fit)) == paste0(level, contrast[[1]])) - (names(coef(fit)) == paste0(level, contrast[[2]]))
  estimate <- sum(weights * coef(fit))
  se <- sqrt(drop(weights %*% vcov(fit) %*% weights))
  df <- between_within(formula, rows, level)
  reach <- qt(.975, df) * se
  found(estimate, estimate - reach, estimate + reach, estimate / se, df, NA, 2 * pt(-abs(estimate / se), df), se)
}

# Counts, and yes or no, with a level per participant where the formula has one; without, where these levels do not differ.
fine <- function(tolerance = 1e-12) lme4::glmerControl(optimizer = "bobyqa", tolPwrss = tolerance, optCtrl = list(rhoend = 1e-9, maxfun = 1e5),
                                      check.conv.singular = "ignore", check.scaleX = "ignore")
generalised <- function(formula, rows, family, nodes) {
  plain <- update(formula, . ~ . - (1 | participant))
  exactly <- glm.control(epsilon = 1e-14, maxit = 100)
  if (!("participant" %in% all.vars(formula))) return(do.call(glm, list(formula, family, rows, control = exactly)))
  fit <- do.call(lme4::glmer, list(formula, data = rows, family = family, nAGQ = nodes, control = fine()))
  if (lme4::getME(fit, "theta")[[1]] < 1e-4) do.call(glm, list(plain, family, rows, control = exactly)) else fit
}
# Wald's error is too large where people answer a few times each. So the signed root of the likelihood ratio is held against t, and
# the interval holds what that does not reject. `held_at(effects, free)`: the highest log-likelihood with these effects moved in the
# directions `free` alone; `top`: that of the whole model.
by_profile <- function(wald, effects, top, held_at) {
  weights <- attr(wald, "weights")
  free <- qr.Q(qr(weights), complete = TRUE)[, -1, drop = FALSE]
  root <- function(value) {
    held <- effects + (value - wald$estimate) * weights / sum(weights^2)
    sqrt(max(0, 2 * (top - held_at(held, free))))
  }
  most <- qt(.975, wald$df)
  reach <- function(side) {
    end <- 20 + abs(wald$estimate)  # beyond this a bound has no end
    far <- min(most * wald$se, end)
    while (root(wald$estimate + side * far) < most) if (far == end) return(Inf) else far <- min(2 * far, end)
    uniroot(function(at) root(wald$estimate + side * at) - most, c(0, far), tol = 1e-10)$root
  }
  statistic <- sign(wald$estimate) * root(0)
  found(wald$estimate, wald$estimate - reach(-1), wald$estimate + reach(1), statistic, wald$df, NA,
        2 * pt(-abs(statistic), wald$df), wald$se)
}
profiled <- function(formula, rows, family, fit, wald) {
  measure <- all.vars(formula)[[1]]
  x <- model.matrix(fit)
  likelihood <- function(formula, rows) {  # with levels also where they do not differ: at zero it is that of the plain model
    if (!("participant" %in% all.vars(formula))) return(c(logLik(do.call(glm, list(formula, family, rows)))))
    within <- function(tolerance)
      c(logLik(do.call(lme4::glmer, list(formula, data = rows, family = family, nAGQ = 10, control = fine(tolerance)))))
    tryCatch(within(1e-12), error = function(e) within(1e-8))  # far out its inner steps do not come as near as that
  }
  levels_of <- if ("participant" %in% all.vars(formula)) "+ (1 | participant)" else ""
  held_at <- function(effects, free) {
    rows$held <- drop(x %*% effects); rows$free <- x %*% free
    likelihood(as.formula(paste(measure, "~ 0 + free + offset(held)", levels_of)), rows)
  }
  effects <- if (inherits(fit, "merMod")) lme4::fixef(fit) else coef(fit)
  by_profile(wald, effects, likelihood(formula, rows), held_at)
}
binary_model <- function(formula, level, contrast, by = NULL) {
  rows <- rows_of(all.vars(formula)[[1]])
  fit <- generalised(formula, rows, binomial(), 10)
  profiled(formula, rows, binomial(), fit, contrast_of(fit, rows, level, contrast, between_within(formula, rows, level, by), by))
}
# Poisson; where counts vary more than that (Pearson's chi-squared over its df above 1) the negative binomial.
count_model <- function(formula, level, contrast, by = NULL) {
  rows <- rows_of(all.vars(formula)[[1]])
  df <- between_within(formula, rows, level, by)
  fit <- generalised(formula, rows, poisson(), 10)
  chi2 <- sum(residuals(fit, "pearson")^2)
  left <- nrow(rows) - ncol(model.matrix(fit)) - ("participant" %in% all.vars(formula))
  if (chi2 <= left) profiled(formula, rows, poisson(), fit, contrast_of(fit, rows, level, contrast, df, by))
  else negative_binomial(formula, rows, level, contrast, df, by)
}
# The likelihood itself, integrated over the levels of participants with 80 Gauss–Hermite nodes; the size is estimated too.
negative_binomial <- function(formula, rows, level, contrast, df, by) {
  mixed <- "participant" %in% all.vars(formula)
  plain <- update(formula, . ~ . - (1 | participant))
  start <- glm(plain, poisson(), rows)
  x <- model.matrix(start); p <- ncol(x)
  steps <- eigen(replace(matrix(0, 80, 80), cbind(c(1:79, 2:80), c(2:80, 1:79)), sqrt(1:79)))
  own <- as.integer(factor(rows$participant))
  unlikely <- function(at) {  # at: effects, log(size) and, of people with levels, log(SD between participants)
    spread <- if (length(at) > p + 1) exp(at[[p + 2]]) else 0
    mean <- exp(outer(drop(x %*% at[1:p]), spread * (if (spread) steps$values else 0), "+"))
    logs <- rowsum(array(dnbinom(start$y, size = exp(at[[p + 1]]), mu = mean, log = TRUE), dim(mean)), own)
    top <- do.call(pmax, as.data.frame(logs))
    -sum(top + log(drop(exp(logs - top) %*% (if (spread) steps$vectors[1, ]^2 else 1))))
  }
  lowest <- function(from) {
    near <- optim(from, unlikely, method = "BFGS", control = list(maxit = 1000, reltol = 1e-15))
    nlm(unlikely, near$par, gradtol = 1e-9, steptol = 1e-9)
  }
  spread <- sum(residuals(start, "pearson")^2) / df.residual(start)  # where the size begins: what the plain Poisson leaves over
  size <- log(mean(start$y) / max(spread - 1, .05))
  best <- lowest(c(coef(start), size, if (mixed) -1))
  at <- best$estimate
  if (mixed && exp(at[[p + 2]]) < 1e-3) at <- lowest(c(coef(start), size))$estimate  # people do not differ
  covariance <- solve(optimHess(at, unlikely, control = list(ndeps = rep(1e-4, length(at)))))[1:p, 1:p]
  wald <- contrast_of(emmeans::qdrg(plain, rows, coef = at[1:p], vcov = covariance, df = df), rows, level, contrast, df, by)
  held_at <- function(effects, free) {
    others <- best$estimate[-(1:p)]
    of <- function(moved) unlikely(c(effects + drop(free %*% moved[1:(p - 1)]), moved[p:length(moved)]))
    -nlm(of, c(rep(0, p - 1), others), gradtol = 1e-7)$minimum
  }
  by_profile(wald, at[1:p], -best$minimum, held_at)
}

of_t <- function(test) found(
  if (length(test$estimate) == 2) test$estimate[[1]] - test$estimate[[2]] else test$estimate[[1]],
  test$conf.int[[1]], test$conf.int[[2]], test$statistic[[1]], test$parameter[[1]], NA, test$p.value, test$stderr)
paired_t <- function(measure, level, contrast) {
  both <- both_of(measure, level, contrast)
  of_t(t.test(both[, 1], both[, 2], paired = TRUE))
}
welch_t <- function(measure, level, contrast) {
  two <- groups_of(measure, level, contrast)
  of_t(t.test(two[[1]], two[[2]]))
}

# The interval of a rank test: the shifts that it does not reject. `steps`: where its statistic changes; `rejects(shift)` is
# 1 where the data lie above that shift, -1 where below, else 0. It is constant between the steps, and never falls.
not_rejected <- function(steps, rejects) {
  steps <- sort(steps)
  steps <- steps[c(TRUE, diff(steps) > 1e-9)]
  between <- c(steps[[1]] - 1, (head(steps, -1) + tail(steps, -1)) / 2, tail(steps, 1) + 1)
  first <- function(holds) {  # the first place where it holds, by halving; one more than there are if nowhere
    low <- 1; high <- length(between) + 1
    while (low < high) {
      middle <- (low + high) %/% 2
      if (holds(rejects(between[[middle]]))) high <- middle else low <- middle + 1
    }
    low
  }
  low <- first(function(side) side != 1); high <- first(function(side) side == -1)
  c(if (low > 1) steps[[low - 1]] else NA, if (high <= length(between)) steps[[high - 1]] else NA)
}

wilcoxon <- function(measure, level, contrast) {
  both <- both_of(measure, level, contrast)
  differences <- round(both[, 1] - both[, 2], 10)  # means of items differ in their last bits where they are equal
  signed <- function(d) { d <- d[d != 0]; ranks <- rank(abs(d)); c(sum(ranks[d > 0]), sum(ranks[d < 0])) }
  exact <- function(d) {
    d <- d[d != 0]
    if (!length(d)) return(1)
    test <- coin::wilcoxsign_test(x ~ y, data.frame(x = d, y = 0), distribution = "exact", zero.method = "Wilcoxon")
    as.numeric(coin::pvalue(test))
  }
  walsh <- outer(differences, differences, "+")[lower.tri(diag(length(differences)), diag = TRUE)] / 2
  interval <- not_rejected(walsh, function(shift) {
    moved <- round(differences - shift, 10)
    if (exact(moved) > .05 + 1e-12) 0 else if (signed(moved)[[1]] > signed(moved)[[2]]) 1 else -1
  })
  sums <- signed(differences)
  found(median(walsh), interval[[1]], interval[[2]], sums[[1]], NA, NA, exact(differences), NA, sums[[1]] - sums[[2]])
}

# Exact up to 60 participants; the normal approximation with continuity correction above, and then the statistic is z.
mann_whitney <- function(measure, level, contrast) {
  two <- lapply(groups_of(measure, level, contrast), round, 10)
  n <- lengths(two); is_exact <- sum(n) <= 60
  above <- function(a, b) sum(rank(c(a, b))[seq_along(a)]) - n[[1]] * (n[[1]] + 1) / 2
  tested <- function(a, b) {
    a <- round(a, 10)
    if (!is_exact) return(wilcox.test(a, b, exact = FALSE, correct = TRUE)$p.value)
    rows <- data.frame(value = c(a, b), group = factor(rep(1:2, n)))
    as.numeric(coin::pvalue(coin::wilcox_test(value ~ group, rows, distribution = "exact")))
  }
  steps <- outer(two[[1]], two[[2]], "-")
  interval <- not_rejected(steps, function(shift) {
    moved <- round(two[[1]] - shift, 10)
    if (tested(moved, two[[2]]) > .05 + 1e-12) 0 else if (above(moved, two[[2]]) > prod(n) / 2) 1 else -1
  })
  u <- above(two[[1]], two[[2]])
  ranks <- rank(unlist(two)); away <- u - prod(n) / 2
  z <- (away - sign(away) / 2) / sqrt(prod(n) / (sum(n) * (sum(n) - 1)) * sum((ranks - mean(ranks))^2))
  found(median(steps), interval[[1]], interval[[2]], if (is_exact) u else z, NA, NA, tested(two[[1]], two[[2]]), NA, away)
}

# The test of all levels at once, in participants who have every one of them.
whole_rows <- function(measure, level) {
  table <- wide_of(measure, level)
  table[stats::complete.cases(table), , drop = FALSE]
}
anova_of_all <- function(measure, level) {
  table <- whole_rows(measure, level)
  rows <- data.frame(participant = factor(rep(rownames(table), ncol(table))), level = factor(rep(colnames(table), each = nrow(table))),
                     value = as.vector(table))
  one <- suppressMessages(afex::aov_ez("participant", "value", rows, within = "level"))$anova_table  # Greenhouse-Geisser
  found(statistic = one[["F"]], df = one[["num Df"]], df2 = one[["den Df"]], p = one[["Pr(>F)"]])
}
friedman_of_all <- function(measure, level) {
  one <- friedman.test(round(whole_rows(measure, level), 10))
  found(statistic = one$statistic[[1]], df = one$parameter[[1]], p = one$p.value)
}

# --- the plan ---------------------------------------------------------------------------------------------------------
# Two one-sided tests against the smallest effect of interest.
equivalence <- function(one, margin, alpha) {
  df <- ifelse(is.na(one$df), Inf, one$df)
  lower <- pt((one$estimate + margin) / one$se, df, lower.tail = FALSE)
  upper <- pt((one$estimate - margin) / one$se, df)
  half <- qt(1 - alpha, df) * one$se
  data.frame(p_equivalent = max(lower, upper), low_equivalent = one$estimate - half, high_equivalent = one$estimate + half)
}
nothing <- data.frame(p_equivalent = NA, low_equivalent = NA, high_equivalent = NA)
results <- NULL
add <- function(hypothesis, family, one, beside = nothing, note = "")
  results <<- rbind(results, cbind(data.frame(hypothesis, family), one, beside, note))
# `test` is run when it is asked for, so that what cannot be computed is said and the rest goes on.
planned <- function(hypothesis, family, direction, test, margin = NA, alpha = .05) tryCatch({
  one <- test
  beside <- if (is.na(margin)) nothing else equivalence(one, margin, alpha)
  agrees <- if (direction == "greater") one$side > 0 else one$side < 0
  if (direction %in% c("greater", "less")) one$p <- if (agrees) one$p / 2 else 1 - one$p / 2
  if (direction == "equivalent") one$p <- beside$p_equivalent
  add(hypothesis, family, one, beside)
}, error = function(problem) add(hypothesis, family, found(), note = conditionMessage(problem)))
not_tested <- function(hypothesis, family, why) add(hypothesis, family, found(), note = why)
of_all_levels <- function(hypothesis, test) tryCatch(
  add(hypothesis, "", test), error = function(problem) add(hypothesis, "", found(), note = conditionMessage(problem)))
