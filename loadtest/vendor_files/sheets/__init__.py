"""The judgement as people read it: a page, a workbook of rows, and the task cards of level 0."""
