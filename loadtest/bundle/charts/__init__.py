"""Charts as inline SVG, drawn here so that a report needs neither script nor network."""
