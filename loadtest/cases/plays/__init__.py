"""How each functional case is played: one module a subject, one function a case."""
