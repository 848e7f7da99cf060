"""What the files of a bundle are called."""

RECORD, VERDICT, REPORT, MATRIX, JUNIT = "record.json", "verdict.json", "report.html", "matrix.xlsx", "junit.xml"
REGISTRY = "registry.json"
MANIFEST, SEAL = "manifest.json", "seal.json"
MADE_HERE = frozenset({RECORD, VERDICT, REPORT, MATRIX, JUNIT, REGISTRY, MANIFEST, SEAL})
