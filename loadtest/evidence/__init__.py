"""What is kept of a run, so that a verdict can be made again from it: exchanges, expectations, results, witnesses."""
