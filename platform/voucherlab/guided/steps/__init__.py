"""The eight steps. Each acts over HTTP, then looks into PostgreSQL with statements of its own."""
