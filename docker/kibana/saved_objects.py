#!/usr/bin/env python3
"""Kibana's saved objects: the data view, the map with clusters and dots, and a dashboard around it.

Kibana keeps most of an object as JSON inside of JSON, which nobody can read or review. So they are written here as
what they mean, and this program writes the file that is imported: `docker/kibana/saved_objects.py`.

`migrationVersion` names the version of Kibana whose form an object has; a newer one, such as 7.17, brings it up to
date on import.
"""

import json
from pathlib import Path

FILE = Path(__file__).resolve().parent / "saved-objects.ndjson"

INDEX = "crime_locations"
DATA_VIEW = "crime-locations"
MAP = "crime-map"
OVER_TIME = "crimes-over-time"
TYPES = "crimes-by-type"
DASHBOARD = "crimes"

CHICAGO = {"lat": 41.84, "lon": -87.68}
CITY_ZOOM = 9.6
# From here on a screen shows so few crimes that each can be its own dot.
DOTS_FROM_ZOOM = 12
FARTHEST_ZOOM, NEAREST_ZOOM = 0, 24
# The data begin in 2001.
ALL_TIMES = {"from": "2001-01-01T00:00:00.000Z", "to": "now"}
NO_QUERY = {"query": "", "language": "kuery"}


def text(value):
    """JSON inside of JSON."""
    return json.dumps(value, separators=(",", ":"))


def saved(kind, identity, version, attributes, references=()):
    """One line of the file."""
    return {
        "id": identity,
        "type": kind,
        "attributes": attributes,
        "references": [{"id": to, "name": name, "type": of} for name, of, to in references],
        "migrationVersion": {kind: version},
    }


def data_view():
    """What Kibana knows about the index; it asks Elasticsearch for the fields."""
    return saved("index-pattern", DATA_VIEW, "7.6.0", {"title": INDEX, "timeFieldName": "occurred_at"})


def fixed(**options):
    """A style that is the same for everything."""
    return {"type": "STATIC", "options": options}


def by(field, **options):
    """A style that depends on a field."""
    known = {"isEnabled": True, "sigma": 3}  # scale by all of the field's values, not just those in sight
    return {
        "type": "DYNAMIC",
        "options": {"field": {"name": field, "origin": "source"}, "fieldMetaOptions": known, **options},
    }


def layer(identity, label, zooms, source, properties):
    """A layer of shapes from the index."""
    return {
        "id": identity,
        "label": label,
        "minZoom": zooms[0],
        "maxZoom": zooms[1],
        "alpha": 0.8,
        "visible": True,
        "type": "VECTOR",
        "sourceDescriptor": source,
        "style": {"type": "VECTOR", "properties": properties},
        "joins": [],
    }


def ground():
    """Streets, where Elastic's map service can be reached."""
    return {
        "id": "ground",
        "label": "",
        "minZoom": FARTHEST_ZOOM,
        "maxZoom": NEAREST_ZOOM,
        "alpha": 1,
        "visible": True,
        "type": "VECTOR_TILE",
        "style": {},
        "sourceDescriptor": {"type": "EMS_TMS", "isAutoSelect": True},
    }


def clusters(reference):
    """Circles on a grid, the larger the more crimes."""
    source = {
        "id": "clusters-source",
        "type": "ES_GEO_GRID",
        "geoField": "location",
        "requestType": "point",
        "resolution": "FINE",
        "metrics": [{"type": "count", "label": "crimes"}],
        "indexPatternRefName": reference,
    }
    style = {
        "fillColor": by("doc_count", color="Yellow to Red"),
        "lineColor": fixed(color="#ffffff"),
        "lineWidth": fixed(size=1),
        "iconSize": by("doc_count", minSize=8, maxSize=32),
        "labelText": by("doc_count"),
        "labelSize": fixed(size=12),
    }
    return layer("clusters", "Crimes, in clusters", (FARTHEST_ZOOM, DOTS_FROM_ZOOM), source, style)


def dots(reference):
    """One dot a crime, coloured by its type."""
    source = {
        "id": "dots-source",
        "type": "ES_SEARCH",
        "geoField": "location",
        "filterByMapBounds": True,
        "scalingType": "LIMIT",
        "sortField": "occurred_at",
        "sortOrder": "desc",
        "tooltipProperties": ["occurred_at", "type", "description", "district", "arrest", "domestic"],
        "indexPatternRefName": reference,
    }
    style = {
        "fillColor": by("type", type="CATEGORICAL", colorCategory="palette_0"),
        "lineColor": fixed(color="#ffffff"),
        "lineWidth": fixed(size=1),
        "iconSize": fixed(size=6),
    }
    return layer("dots", "Crimes, one by one", (DOTS_FROM_ZOOM, NEAREST_ZOOM), source, style)


def crime_map():
    """The map."""
    names = ["layer_1_source_index_pattern", "layer_2_source_index_pattern"]
    attributes = {
        "title": "Crime map",
        "description": "Clusters from afar, one dot a crime from near.",
        "mapStateJSON": text(
            {
                "zoom": CITY_ZOOM,
                "center": CHICAGO,
                "timeFilters": ALL_TIMES,
                "refreshConfig": {"isPaused": True, "interval": 0},
                "query": NO_QUERY,
            }
        ),
        "layerListJSON": text([ground(), clusters(names[0]), dots(names[1])]),
        "uiStateJSON": text({"isLayerTOCOpen": True, "openTOCDetails": []}),
    }
    return saved("map", MAP, "7.9.0", attributes, [(name, "index-pattern", DATA_VIEW) for name in names])


def visualization(identity, title, state):
    """A chart or table over the index."""
    source = {"query": NO_QUERY, "filter": [], "indexRefName": "kibanaSavedObjectMeta.searchSourceJSON.index"}
    attributes = {
        "title": title,
        "description": "",
        "visState": text({"title": title, **state}),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": text(source)},
    }
    reference = (source["indexRefName"], "index-pattern", DATA_VIEW)
    return saved("visualization", identity, "7.8.0", attributes, [reference])


def aggregation(identity, kind, schema, **params):
    """One step of a visualization's aggregation."""
    return {"id": identity, "enabled": True, "type": kind, "schema": schema, "params": params}


def count():
    """How many."""
    return aggregation("1", "count", "metric", customLabel="Crimes")


def terms(identity, field, schema, size, label):
    """The most frequent values of a field."""
    return aggregation(
        identity,
        "terms",
        schema,
        field=field,
        orderBy="1",
        order="desc",
        size=size,
        otherBucket=schema == "group",
        otherBucketLabel="other",
        missingBucket=False,
        missingBucketLabel="unknown",
        customLabel=label,
    )


def over_time():
    """Bars over time, with the most frequent types told apart."""
    axis = {"show": True, "style": {}, "labels": {"show": True, "truncate": 100, "filter": True}}
    when = aggregation(
        "2", "date_histogram", "segment", field="occurred_at", interval="auto", min_doc_count=1, extended_bounds={}
    )
    state = {
        "type": "histogram",
        "aggs": [count(), when, terms("3", "type", "group", 6, "Type")],
        "params": {
            "type": "histogram",
            "grid": {"categoryLines": False},
            "categoryAxes": [
                {
                    **axis,
                    "id": "CategoryAxis-1",
                    "type": "category",
                    "position": "bottom",
                    "scale": {"type": "linear"},
                    "title": {},
                }
            ],
            "valueAxes": [
                {
                    **axis,
                    "id": "ValueAxis-1",
                    "name": "LeftAxis-1",
                    "type": "value",
                    "position": "left",
                    "scale": {"type": "linear", "mode": "normal"},
                    "title": {"text": "Crimes"},
                }
            ],
            "seriesParams": [
                {
                    "show": True,
                    "type": "histogram",
                    "mode": "stacked",
                    "data": {"label": "Crimes", "id": "1"},
                    "valueAxis": "ValueAxis-1",
                    "drawLinesBetweenPoints": True,
                    "showCircles": True,
                }
            ],
            "addTooltip": True,
            "addLegend": True,
            "legendPosition": "right",
            "times": [],
            "addTimeMarker": False,
        },
    }
    return visualization(OVER_TIME, "Crimes over time", state)


def types():
    """The types, the most frequent first."""
    state = {
        "type": "table",
        "aggs": [count(), terms("2", "type", "bucket", 50, "Type")],
        "params": {
            "perPage": 10,
            "showPartialRows": False,
            "showMetricsAtAllLevels": False,
            "sort": {"columnIndex": None, "direction": None},
            "showTotal": True,
            "totalFunc": "sum",
            "percentageCol": "Crimes",
        },
    }
    return visualization(TYPES, "Types of crimes", state)


def dashboard():
    """The map, and what of and when beside it."""
    panels, references = [], []
    for number, (kind, identity, place) in enumerate(
        (
            ("map", MAP, (0, 0, 32, 28)),
            ("visualization", TYPES, (32, 0, 16, 28)),
            ("visualization", OVER_TIME, (0, 28, 48, 14)),
        )
    ):
        index, name = str(number + 1), f"panel_{number}"
        grid = dict(zip("xywh", place), i=index)
        panels.append(
            {"version": "7.9.0", "panelIndex": index, "gridData": grid, "embeddableConfig": {}, "panelRefName": name}
        )
        references.append((name, kind, identity))
    attributes = {
        "title": "Crimes",
        "description": "Where, what and when.",
        "hits": 0,
        "version": 1,
        "panelsJSON": text(panels),
        "optionsJSON": text({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": ALL_TIMES["from"],
        "timeTo": ALL_TIMES["to"],
        "refreshInterval": {"pause": True, "value": 0},
        "kibanaSavedObjectMeta": {"searchSourceJSON": text({"query": NO_QUERY, "filter": []})},
    }
    return saved("dashboard", DASHBOARD, "7.3.0", attributes, references)


def lines():
    """The file: every object after those that it refers to."""
    objects = [data_view(), crime_map(), over_time(), types(), dashboard()]
    return "".join(text(one) + "\n" for one in objects)


if __name__ == "__main__":
    FILE.write_text(lines(), encoding="utf-8")
