"""What answers over HTTP: pages for visitors and readers, the tracking layer, the practice's dashboard."""
