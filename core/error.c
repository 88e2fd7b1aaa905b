/* SPDX-License-Identifier: ISC */
#include "core/error.h"

#include <stdio.h>

#undef pidc_fail /* what the analyzer reads instead */

int pidc_vfail(struct pidc_error *err, int code, const char *fmt, va_list ap)
{
	if (err != NULL) {
		err->code = code;
		vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	}
	return code;
}

int pidc_fail(struct pidc_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pidc_vfail(err, code, fmt, ap);
	va_end(ap);
	return code;
}
