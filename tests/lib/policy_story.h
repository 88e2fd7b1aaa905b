/* SPDX-License-Identifier: ISC
 *
 * A policy for the tests of core/: version 2 of PARTNERSHIP, written by the Secretariat's
 * officer, while version 1 is in force. Everything of the facts holds, so that each guard
 * lets every move through until a test spoils it.
 */
#pragma once

#include "core/policy.h"
#include "tests/lib/core_story.h"

struct policy_story {
	struct story story;
	struct rule_input in;
	struct policy_subject subject;
	Pidc__Store__V1__PolicyFacts facts;
	Pidc__V1__PolicyDocument document;
	Pidc__V1__PolicyVersion version, in_force;
	Pidc__V1__Resolution resolution;
	Pidc__V1__Actor *hos, *officer, *member;
	/* What is asked for: a document as the facts have it, and new content. */
	Pidc__V1__PolicyDocument asked_document;
	Pidc__V1__PolicyVersion asked;
};

/* The version is in this state; the Head of Secretariat acts. */
void policy_story_open(struct policy_story *policy, Pidc__V1__PolicyState state);
void policy_story_close(struct policy_story *policy);
