# A chart for every policy's metric: what is watched is what is shown.
resource "google_monitoring_dashboard" "this" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 12
      tiles = [
        for index, key in sort(keys(local.active)) : {
          xPos   = index % 3 * 4
          yPos   = floor(index / 3) * 4
          width  = 4
          height = 4
          widget = {
            title = "${key}: ${local.metrics[local.active[key].metric].meaning}"
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter      = local.filters[key]
                    aggregation = { alignmentPeriod = "${local.active[key].period}s", perSeriesAligner = local.active[key].align }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })

  depends_on = [google_logging_metric.this]
}
