"""The evidence of a run, for people and machines: report, matrix, verdict file, signature, comparison of vendors."""
