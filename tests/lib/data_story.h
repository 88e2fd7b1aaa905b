/* SPDX-License-Identifier: ISC
 *
 * For the tests of datasets and contributions: Tuvalu's dataset "over" of the story,
 * GREEN and AGGREGATE, with the fields month and count. Memory is the story's.
 */
#pragma once

#include "tests/lib/core_story.h"

#define DATA_NEW_ID "00000000-0000-4000-8000-000000000001"

Pidc__V1__DatasetField *data_field(struct story *story, const char *name, Pidc__V1__FieldType type);

/* As a client would define it; room for 202 fields. */
void data_dataset_init(struct story *story, Pidc__V1__Dataset *ret);
/* As it stands: owned by tv, ACTIVE, version 5, schema version 3. */
void data_standing_init(struct story *story, Pidc__V1__Dataset *ret);

/* The agent of tv runs a rule. */
struct rule_input data_input(struct story *story, const ProtobufCMessage *request,
			     const ProtobufCMessage *facts);
