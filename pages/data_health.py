"""Data health: can what came in be trusted, and what would a new file look like?"""

from pages.components import access, data, data_health_parts, data_health_view, upload_view, widgets

access.enter()
run = data.run_info() if data.is_published() else None
part = data_health_parts.PAGE.head(run)

if part == data_health_parts.UPLOAD:
    upload_view.section()
elif run is None:
    widgets.first_steps()
else:
    widgets.model_state(run)
    data_health_view.section(run)
