# --- correction: Holm within each family; a hypothesis that could not be tested still counts -----------------------------
results$p_adjusted <- NA
for (family in setdiff(unique(results$family), "")) {
  own <- results$family == family
  corrected <- p.adjust(ifelse(is.na(results$p[own]), 1, results$p[own]), "holm")
  results$p_adjusted[own] <- ifelse(is.na(results$p[own]), NA, corrected)
}
numbers <- c("estimate", "low", "high", "statistic", "df", "df2", "p", "p_adjusted", "p_equivalent", "low_equivalent", "high_equivalent")
results <- results[c("hypothesis", "family", numbers, "note")]
write.csv(results, "r_results.csv", row.names = FALSE, na = "")
options(width = 160)
print(results[c("hypothesis", "estimate", "low", "high", "statistic", "df", "p", "p_adjusted")], digits = 5, row.names = FALSE)
for (row in which(results$note != "")) cat(results$hypothesis[[row]], ": not tested. ", results$note[[row]], "\n", sep = "")

# --- beside what Atelier found ------------------------------------------------------------------------------------------
if (file.exists("atelier_results.csv")) {
  theirs <- read.csv("atelier_results.csv", na.strings = "", fileEncoding = "UTF-8")
  theirs <- theirs[match(results$hypothesis, theirs$hypothesis), ]
  here <- as.matrix(results[numbers]); there <- as.matrix(theirs[numbers])
  mode(here) <- mode(there) <- "numeric"
  # Close enough: 1e-4 of the number, and of numbers about zero 1e-6. Mostly it is nearer by some digits.
  apart <- abs(here - there) > 1e-6 + 1e-4 * abs(there)
  apart[(is.na(here) & is.na(there)) | here %in% c(-Inf, Inf) & here == there] <- FALSE  # bounds without an end too
  apart[is.na(here) != is.na(there)] <- TRUE
  cat("\nBeside Atelier (estimate, p; each R, then Atelier):\n")
  print(data.frame(hypothesis = results$hypothesis, estimate = results$estimate, atelier = theirs$estimate,
                   p = results$p, atelier = theirs$p, check.names = FALSE), digits = 6, row.names = FALSE)
  for (row in which(rowSums(apart) > 0)) for (name in numbers[apart[row, ]])
    cat("DIFFERENT: ", results$hypothesis[[row]], ", ", name, ": ", here[row, name], " here, ", there[row, name], " in Atelier\n", sep = "")
  off <- (abs(here - there) / (abs(there) + 1e-2))[is.finite(here) & is.finite(there)]
  cat(if (any(apart)) "NOT ALL AGREE: " else "All agree within tolerance: ", sum(!is.na(there)), " numbers of ", nrow(results),
      " tests, largest relative difference ", format(max(0, off), digits = 2), ".\n", sep = "")
} else cat("\nThere is no atelier_results.csv to compare with: the results of the study are sealed while it is collecting.\n")
