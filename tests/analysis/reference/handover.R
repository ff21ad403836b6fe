# R's answers to the plans of handover_data.py: runs each analysis.R that was written there, in its folder, and writes handover.json.
# Run it as: Rscript handover.R FOLDER. Answers to studies that are not in FOLDER stay as they are.
suppressPackageStartupMessages(library(jsonlite))
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))
file <- file.path(here, "handover.json")
studies <- basename(list.dirs(commandArgs(TRUE)[[1]], recursive = FALSE))
cases <- Filter(function(case) !(sub("[.].*", "", case$id) %in% studies), read_json(file))
version <- function(package) as.character(packageVersion(package))
packages <- Filter(function(name) requireNamespace(name, quietly = TRUE),
                   c("lme4", "lmerTest", "pbkrtest", "emmeans", "ordinal", "coin", "afex"))
for (study in list.dirs(commandArgs(TRUE)[[1]], recursive = FALSE)) {
  setwd(study)
  source("analysis.R", local = new.env(parent = globalenv()))
  results <- read.csv("r_results.csv", na.strings = "")
  calls <- list()
  for (line in as.list(parse("analysis.R", keep.source = FALSE))) {
    if (identical(line[[1]], quote(planned))) calls[[line[[2]]]] <- paste(deparse(line[[5]], width.cutoff = 500), collapse = "")
    if (identical(line[[1]], quote(of_all_levels))) calls[[line[[2]]]] <- deparse(line[[3]], width.cutoff = 500)
    if (identical(line[[1]], quote(not_tested))) calls[[line[[2]]]] <- "not_tested"
  }
  numbers <- setdiff(names(results), c("hypothesis", "family", "note"))
  for (row in seq_len(nrow(results)))
    cases[[length(cases) + 1]] <- list(
      id = paste(basename(study), results$hypothesis[[row]], sep = "."), call = calls[[results$hypothesis[[row]]]],
      package = paste(packages, vapply(packages, version, ""), collapse = ", "), R = as.character(getRversion()),
      expected = Filter(Negate(is.na), as.list(results[row, numbers])))
}
write(toJSON(cases, digits = NA, auto_unbox = TRUE, pretty = 1), file)
