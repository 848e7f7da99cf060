"""The demo: a whole round on a platform of its own, judged from PostgreSQL and from the clients' records."""
