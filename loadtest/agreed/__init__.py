"""What both sides agree on before a test: the target and its permit, the plan, the vendor's own claims."""
