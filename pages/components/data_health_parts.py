"""The data health page's parts, by their names in the URL: what is loaded, and a new upload."""

from pages.components.parts import Parts

HEALTH, UPLOAD = "health", "upload"
PARTS = {HEALTH: "Health", UPLOAD: "New upload"}
TITLES = {HEALTH: "Can the data be trusted?", UPLOAD: "What would your files bring?"}
PAGE = Parts("show_data", PARTS, TITLES)
