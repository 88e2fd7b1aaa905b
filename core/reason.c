/* SPDX-License-Identifier: ISC */
#include "core/reason.h"
#include "core/reason_table.h"

#include <stdio.h>
#include <string.h>

static const char prefix[] = "REASON_";

const struct reason_info *reason_lookup(Pidc__V1__Reason reason)
{
	const struct reason_info *internal = NULL;

	for (size_t i = 0; i < reason_count; i++) {
		if (reason_table[i].reason == reason)
			return &reason_table[i];
		if (reason_table[i].reason == PIDC__V1__REASON__REASON_E_INTERNAL)
			internal = &reason_table[i];
	}
	return internal;
}

const char *reason_name(Pidc__V1__Reason reason)
{
	const ProtobufCEnumValue *value =
		protobuf_c_enum_descriptor_get_value(&pidc__v1__reason__descriptor, (int)reason);

	if (value == NULL)
		return "E_INTERNAL";
	return value->name + strlen(prefix);
}

Pidc__V1__Reason reason_by_name(const char *name)
{
	const ProtobufCEnumValue *value;
	char full[64];
	int len = snprintf(full, sizeof(full), "%s%s", prefix, name);

	if (len < 0 || (size_t)len >= sizeof(full))
		return PIDC__V1__REASON__REASON_UNSPECIFIED;
	value = protobuf_c_enum_descriptor_get_value_by_name(&pidc__v1__reason__descriptor, full);
	return value != NULL ? (Pidc__V1__Reason)value->value
			     : PIDC__V1__REASON__REASON_UNSPECIFIED;
}

void refusal_set(struct refusal *refusal, Pidc__V1__Reason reason, const char *field,
		 const char *fmt, ...)
{
	va_list ap;

	refusal->reason = reason;
	snprintf(refusal->field, sizeof(refusal->field), "%s", field != NULL ? field : "");
	refusal->detail[0] = '\0';
	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(refusal->detail, sizeof(refusal->detail), fmt, ap);
		va_end(ap);
	}
}
