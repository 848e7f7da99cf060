"""The daily report: what is counted, from which rows, how figures follow from others, and three forms of the file."""
