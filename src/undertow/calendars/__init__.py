"""Working days by country: public holidays, weekends and their changes, make-up working days, breaks.

What is specific to a country lies in the data files of this package and in files a user gives, never in code.
Days are NumPy ``datetime64[D]`` in the country's own local time; which offset that is, is the caller's matter.
"""

from undertow.calendars.model import Block, Calendar, DaySpan
from undertow.calendars.national import (
    DEFAULT_COUNTRIES,
    Coverage,
    coverage,
    national_calendar,
    national_calendars,
)
from undertow.calendars.overrides import CalendarOverride, read_override
from undertow.calendars.places import (
    PlaceMatch,
    ZoneInfoRow,
    countries_at_offsets,
    countries_of_zones,
    country_names,
    offsets_at,
    representative_zones,
    zone_offsets,
    zone_table,
)
from undertow.calendars.weekends import WeekendRule, weekend_rules

__all__ = [
    "DEFAULT_COUNTRIES",
    "Block",
    "Calendar",
    "CalendarOverride",
    "Coverage",
    "DaySpan",
    "PlaceMatch",
    "WeekendRule",
    "ZoneInfoRow",
    "countries_at_offsets",
    "countries_of_zones",
    "country_names",
    "coverage",
    "national_calendar",
    "national_calendars",
    "offsets_at",
    "read_override",
    "representative_zones",
    "weekend_rules",
    "zone_offsets",
    "zone_table",
]
