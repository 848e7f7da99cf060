"""Charts as plain SVG: no script, no font of their own, the same picture in a browser and on paper."""
