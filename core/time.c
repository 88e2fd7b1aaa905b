/* SPDX-License-Identifier: ISC */
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define US_PER_SECOND INT64_C(1000000)
#define SECOND_MIN    INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define SECOND_MAX    INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define US_MIN        (SECOND_MIN * US_PER_SECOND)
#define US_MAX        (SECOND_MAX * US_PER_SECOND + US_PER_SECOND - 1)

/* A UTC date and time of the proleptic Gregorian calendar. */
struct civil {
	int year; /* 1 to 9999 */
	int month;
	int day;
	int hour;
	int minute;
	int second;
	int us;
};

static bool is_leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01. The year is counted from March, so that the leap day
 * is its last day and month lengths follow one formula. */
static int64_t civil_days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static int64_t civil_us(const struct civil *c)
{
	int64_t minutes =
		civil_days(c->year, c->month, c->day) * 1440 + c->hour * INT64_C(60) + c->minute;
	int64_t seconds = minutes * 60 + c->second;

	return seconds * US_PER_SECOND + c->us;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

/* us is within US_MIN..US_MAX. */
static void civil_from_us(int64_t us, struct civil *ret)
{
	int64_t seconds = floor_div(us, US_PER_SECOND);
	int64_t days = floor_div(seconds, 86400);
	int rest = (int)(seconds - days * 86400);
	int year = 1 + (int)((days + 719162) / 366);

	/* The estimate is never too late: step to the year that holds the day. */
	while (year < 9999 && civil_days(year + 1, 1, 1) <= days)
		year++;
	ret->year = year;
	days -= civil_days(year, 1, 1);
	ret->month = 1;
	while (days >= month_days(year, ret->month))
		days -= month_days(year, ret->month++);
	ret->day = (int)days + 1;
	ret->hour = rest / 3600;
	ret->minute = rest / 60 % 60;
	ret->second = rest % 60;
	ret->us = (int)(us - seconds * US_PER_SECOND);
}

bool time_from_proto(const Google__Protobuf__Timestamp *ts, int64_t *ret_us)
{
	if (ts->seconds < SECOND_MIN || ts->seconds > SECOND_MAX)
		return false;
	if (ts->nanos < 0 || ts->nanos > 999999999 || ts->nanos % 1000 != 0)
		return false;
	*ret_us = ts->seconds * US_PER_SECOND + ts->nanos / 1000;
	return true;
}

Google__Protobuf__Timestamp *time_to_proto(struct arena *arena, int64_t us)
{
	Google__Protobuf__Timestamp *ts = arena_alloc(arena, sizeof(*ts));

	if (ts == NULL)
		return NULL;
	google__protobuf__timestamp__init(ts);
	ts->seconds = floor_div(us, US_PER_SECOND);
	ts->nanos = (int32_t)(us - ts->seconds * US_PER_SECOND) * 1000;
	return ts;
}

void time_format(int64_t us, char text[28])
{
	struct civil c;
	int len;

	if (us < US_MIN || us > US_MAX) {
		snprintf(text, 28, "(out of range)");
		return;
	}
	civil_from_us(us, &c);
	/* The moduli change nothing; they show the compiler that it fits. */
	len = snprintf(text, 28, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)c.year % 10000,
		       (unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100,
		       (unsigned)c.minute % 100, (unsigned)c.second % 100);
	if (c.us % 1000 != 0)
		len += snprintf(text + len, 28 - (size_t)len, ".%06u", (unsigned)c.us % 1000000);
	else if (c.us != 0)
		len += snprintf(text + len, 28 - (size_t)len, ".%03u",
				(unsigned)c.us / 1000 % 1000);
	snprintf(text + len, 28 - (size_t)len, "Z");
}

/* n digits at *text, moved past; -1 when there are fewer. */
static int digits_take(const char **text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		char c = (*text)[i];

		if (c < '0' || c > '9')
			return -1;
		value = value * 10 + (c - '0');
	}
	*text += n;
	return value;
}

static bool char_take(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static bool date_take(const char **text, struct civil *c)
{
	c->year = digits_take(text, 4);
	if (c->year < 1 || !char_take(text, '-'))
		return false;
	c->month = digits_take(text, 2);
	if (c->month < 1 || c->month > 12 || !char_take(text, '-'))
		return false;
	c->day = digits_take(text, 2);
	return c->day >= 1 && c->day <= month_days(c->year, c->month);
}

static bool clock_take(const char **text, struct civil *c)
{
	c->hour = digits_take(text, 2);
	if (c->hour < 0 || c->hour > 23 || !char_take(text, ':'))
		return false;
	c->minute = digits_take(text, 2);
	if (c->minute < 0 || c->minute > 59 || !char_take(text, ':'))
		return false;
	c->second = digits_take(text, 2);
	return c->second >= 0 && c->second <= 59;
}

/* ".5" is 500,000 us; false when empty or finer than microseconds. */
static bool fraction_take(const char **text, struct civil *c)
{
	int scale = 100000;

	c->us = 0;
	if (!char_take(text, '.'))
		return true;
	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		if (scale == 0)
			return false;
		c->us += (**text - '0') * scale;
		scale /= 10;
	}
	return true;
}

/* "Z" or an offset, as minutes east of UTC. */
static bool zone_take(const char **text, int *ret_minutes)
{
	int sign = **text == '-' ? -1 : 1;
	int hours, minutes;

	*ret_minutes = 0;
	if (char_take(text, 'Z'))
		return true;
	if (!char_take(text, '+') && !char_take(text, '-'))
		return false;
	hours = digits_take(text, 2);
	if (hours < 0 || hours > 23 || !char_take(text, ':'))
		return false;
	minutes = digits_take(text, 2);
	if (minutes < 0 || minutes > 59)
		return false;
	*ret_minutes = sign * (hours * 60 + minutes);
	return true;
}

int time_parse(const char *text, int64_t *ret_us, struct pidc_error *err)
{
	const char *p = text;
	struct civil c = {0};
	int offset;
	int64_t us;

	if (!date_take(&p, &c))
		return pidc_fail(err, PIDC_EINVAL, "not a date (YYYY-MM-DD)");
	if (*p == '\0')
		return pidc_fail(err, PIDC_EINVAL,
				 "a bare date is not an instant: add Thh:mm:ss "
				 "and a zone, Z or e.g. +13:00");
	if (!char_take(&p, 'T') || !clock_take(&p, &c))
		return pidc_fail(err, PIDC_EINVAL, "no time of day (Thh:mm:ss)");
	if (!fraction_take(&p, &c))
		return pidc_fail(err, PIDC_EINVAL, "a fraction has one to six digits");
	if (!zone_take(&p, &offset) || *p != '\0')
		return pidc_fail(err, PIDC_EINVAL, "no zone at the end (Z or e.g. +13:00)");
	us = civil_us(&c) - offset * INT64_C(60) * US_PER_SECOND;
	if (us < US_MIN || us > US_MAX)
		return pidc_fail(err, PIDC_EINVAL, "instant out of the years 1 to 9999");
	*ret_us = us;
	return 0;
}

bool time_add_months(int64_t us, int n, int64_t *ret_us)
{
	struct civil c;
	int64_t months;

	if (us < US_MIN || us > US_MAX)
		return false;
	civil_from_us(us, &c);
	months = (int64_t)c.year * 12 + c.month - 1 + n;
	if (months < 12 || months >= INT64_C(10000) * 12)
		return false;
	c.year = (int)(months / 12);
	c.month = (int)(months % 12) + 1;
	if (c.day > month_days(c.year, c.month))
		c.day = month_days(c.year, c.month);
	*ret_us = civil_us(&c);
	return true;
}
