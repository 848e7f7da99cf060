"""The cases: what is checked, as data in ``registry/``; how each functional one is played, in the modules beside."""
