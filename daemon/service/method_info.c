/* SPDX-License-Identifier: ISC
 *
 * What the daemon may know of a row of the method table.
 */
#include "daemon/service/internal.h"

const char *service_method_path(const struct service_method *method)
{
	return method->path;
}

enum service_lane service_method_lane(const struct service_method *method)
{
	return method->lane;
}

enum service_stream service_method_stream(const struct service_method *method)
{
	return method->stream;
}

const struct service_method *service_method_item(const struct service_method *method)
{
	return method->item == NULL ? NULL : service_method_find(method->item);
}

const ProtobufCMessageDescriptor *service_method_request(const struct service_method *method)
{
	return method->request;
}

const ProtobufCMessageDescriptor *service_method_reply(const struct service_method *method)
{
	return method->reply;
}
