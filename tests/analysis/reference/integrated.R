# R's answers for mixed models whose likelihood no package maximises exactly: integrated by stats::integrate.
# Writes integrated.json; run in this folder: Rscript integrated.R
suppressPackageStartupMessages(library(jsonlite))

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

# The same likelihoods integrated by stats::integrate, participant by participant; maximised by optim.
integrated <- function(d, outcome, density, extra) {
  x <- model.matrix(~ condition + block, d); y <- d[[outcome]]; people <- split(seq_along(y), d$participant)
  people <- people[lengths(people) > 0]
  loglik <- function(p) {
    beta <- p[1:4]; s <- p[5]
    total <- 0
    for (rows in people) {
      f <- function(v) colSums(matrix(density(rep(y[rows], length(v)), rep(drop(x[rows, , drop = FALSE] %*% beta), length(v)) + rep(s * v, each = length(rows)), p), length(rows))) + dnorm(v, log = TRUE)
      top <- optimize(f, c(-8, 8), maximum = TRUE, tol = 1e-10)
      inside <- integrate(function(v) exp(f(v) - top$objective), top$maximum - 7, top$maximum + 7, rel.tol = 1e-11, subdivisions = 400)$value
      total <- total + top$objective + log(inside)
    }
    total
  }
  glmm <- optim(c(coef(glm(y ~ x - 1, if (outcome == "accepted") binomial else poisson)), 0.6, extra), function(p) tryCatch(-loglik(p), error = function(e) 1e10), method = "BFGS",
                control = list(reltol = 1e-15, ndeps = rep(1e-5, 5 + length(extra)), maxit = 500))
  at <- glmm$par
  for (i in 1:3) at <- at - solve(numDeriv::hessian(loglik, at), numDeriv::grad(loglik, at))
  at[5] <- abs(at[5])  # the likelihood is the same for both signs of the SD
  list(par = at, covariance = solve(-numDeriv::hessian(loglik, at)), loglik = loglik(at), x = x)
}
d <- read("trials")
found <- integrated(d, "accepted", function(y, eta, p) dbinom(y, 1, plogis(eta), log = TRUE), NULL)
labels <- c("(Intercept)", "conditionactive", "conditionpassive", "block", "sd")
risk <- function(p) {
  sapply(c("baseline", "active", "passive"), function(level) {
    x <- found$x; x[, 2] <- level == "active"; x[, 3] <- level == "passive"
    mean(sapply(drop(x %*% p[1:4]), function(e) integrate(function(v) plogis(e + p[5] * v) * dnorm(v), -9, 9, rel.tol = 1e-11)$value))
  })
}
risks <- risk(found$par); slope <- numDeriv::jacobian(risk, found$par); cov <- slope %*% found$covariance %*% t(slope)
difference <- function(a, b) { w <- setNames(c(0, 0, 0), names(risks)); w[a] <- 1; w[b] <- -1; list(est = sum(w * risks), se = sqrt(drop(t(w) %*% cov %*% w))) }
case("trials.logistic.integrated", "trials", "optim of the likelihood by stats::integrate; se by numDeriv::hessian; risks averaged over rows and levels, delta method", "numDeriv",
     c(list(loglik = found$loglik), both(setNames(found$par, labels), setNames(sqrt(diag(found$covariance)), labels)),
       list(risks = named(risks), active_baseline = difference("active", "baseline"), active_passive = difference("active", "passive"))))
found <- integrated(d, "edits", function(y, eta, p) dnbinom(y, mu = exp(eta), size = exp(p[6]), log = TRUE), 0.5)
labels <- c(labels, "log_size")
case("trials.negbin.integrated", "trials", "optim of the likelihood by stats::integrate; se by numDeriv::hessian", "numDeriv",
     c(list(loglik = found$loglik), both(setNames(found$par, labels), setNames(sqrt(diag(found$covariance)), labels))))

write(toJSON(cases, digits = NA, auto_unbox = TRUE, pretty = 1, na = "null"), "integrated.json")
