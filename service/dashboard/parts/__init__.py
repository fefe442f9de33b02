"""What several pages share: the frame, widgets, charts, snippets, formats."""
