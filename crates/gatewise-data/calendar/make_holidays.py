"""Makes holidays.tsv.gz, the public holidays of all countries and of their regions, from the package `holidays` of PyPI (MIT, https://pypi.org/project/holidays):

    python3 make_holidays.py            # needs: pip install holidays

A line is a code (KR, DE-BY), a name in English, and days since 2000-01-01, each as what lies between it and the one before. A region's lines are
what it has beside its country's.
"""

import datetime
import gzip
import pathlib
import re
import warnings

import holidays

FIRST, YEARS = datetime.date(2000, 1, 1), range(2000, 2041)
# What is said of a date, not of its holiday.
ASIDE = re.compile(r" \((estimated|observed|in lieu|substituted.*)\)")


def days_of(country, subdivision=None):
    """Days of each holiday by its name."""
    found = {}
    try:
        days = holidays.country_holidays(country, subdiv=subdivision, years=YEARS, language="en_US")
    except Exception:
        days = holidays.country_holidays(country, subdiv=subdivision, years=YEARS)
    for day, names in days.items():
        for name in names.split("; "):
            found.setdefault(ASIDE.sub("", name).strip(), set()).add((day - FIRST).days)
    return found


def lines():
    for country, subdivisions in sorted(holidays.list_supported_countries(include_aliases=False).items()):
        if len(country) != 2:
            continue
        national = days_of(country)
        yield from (line(country, name, days) for name, days in sorted(national.items()))
        everywhere = set().union(*national.values())
        for subdivision in sorted(subdivisions):
            own = {name: days - national.get(name, set()) - everywhere for name, days in days_of(country, subdivision).items()}
            yield from (line(f"{country}-{subdivision}", name, days) for name, days in sorted(own.items()) if days)


def line(code, name, days):
    days = sorted(day for day in days if day >= 0)
    steps = [day - before for before, day in zip([0, *days], days)]
    return "\t".join([code, name.replace("\t", " "), " ".join(map(str, steps))])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    text = "\n".join(lines()) + "\n"
    file = pathlib.Path(__file__).with_name("holidays.tsv.gz")
    # No time in the header: the same package gives the same bytes.
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{file}: {len(file.read_bytes())} bytes, of holidays {holidays.__version__}")
