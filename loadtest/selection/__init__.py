"""The selection sheet (比选表): receipt, entry checklist, evidence per clause, judges' own scores, and their order."""
