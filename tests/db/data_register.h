/* SPDX-License-Identifier: ISC
 *
 * A register in which Tuvalu owns a CLEAR dataset of counts and has granted all of it, up
 * to GREEN, to IOM. Whatever goes wrong ends the test.
 */
#pragma once

#include "pidc/v1/data.pb-c.h"
#include "tests/db/register.h"

#define DATA(method) "/pidc.v1.DataService/" method

#define REPLY(message, name) ((const Pidc__V1__##name *)(message))

/* Of Tuvalu: its head, officer, agent; IOM's agent; a member of ARC from Fiji; the Head of
 * Secretariat. */
extern struct caller head, officer, agent, iom, arc, hos;
extern const char *dataset;

int data_setup(void **state);
int data_teardown(void **state);

/* One column of one count; extra goes on with the JSON of the request. */
const char *submit(const char *extra);
/* As its owner sees it. */
const Pidc__V1__Contribution *contribution(const char *id);
/* May IOM have the count of it? The owner is told why not; 0: it may. */
void expect_decision(const char *id, Pidc__V1__Reason reason);
/* The JSON of a request about a contribution. */
const char *about(const char *id, const char *rest);
/* How many columns the register keeps of it. */
void expect_columns_stored(const char *id, int count);
