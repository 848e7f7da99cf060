"""Parts that pages are made of: tables, forms, states, charts."""
