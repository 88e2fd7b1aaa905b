// SPDX-License-Identifier: ISC
//
// What a good gRPC C++ service over PostgreSQL does with the two hot methods of the
// register, and with an empty one: callback API, TLS, eight libpq connections, one
// prepared statement a request. The statements are the bench's (peers/*.sql).
//
// grpc-peer --port N --cert F --key F [--ca F --url U --check F --submit F]
#include <condition_variable>
#include <csignal>
#include <deque>
#include <fstream>
#include <functional>
#include <grpcpp/grpcpp.h>
#include <iostream>
#include <libpq-fe.h>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "grpc/testing/test.grpc.pb.h"
#include "pidc/v1/consent.grpc.pb.h"
#include "pidc/v1/data.grpc.pb.h"

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;

namespace {

constexpr int kConnections = 8;

std::string ReadFile(const std::string &name)
{
	std::ifstream in(name);
	std::stringstream text;
	text << in.rdbuf();
	return text.str();
}

// Threads with a connection each; work waits in one queue.
class Pool {
public:
	using Work = std::function<void(PGconn *)>;

	Pool(const std::string &url, const std::string &check, const std::string &submit)
	{
		for (int i = 0; i < kConnections; i++)
			threads_.emplace_back([=] { Run(url, check, submit); });
	}

	void Add(Work work)
	{
		{
			std::lock_guard<std::mutex> lock(mutex_);
			queue_.push_back(std::move(work));
		}
		wake_.notify_one();
	}

private:
	static void Prepare(PGconn *conn, const char *name, const std::string &sql)
	{
		PGresult *res = PQprepare(conn, name, sql.c_str(), 0, nullptr);
		if (PQresultStatus(res) != PGRES_COMMAND_OK) {
			std::cerr << "grpc-peer: " << name << ": " << PQerrorMessage(conn);
			std::exit(1);
		}
		PQclear(res);
	}

	void Run(const std::string &url, const std::string &check, const std::string &submit)
	{
		PGconn *conn = PQconnectdb(url.c_str());
		Prepare(conn, "check", check);
		Prepare(conn, "submit", submit);
		for (;;) {
			Work work;
			{
				std::unique_lock<std::mutex> lock(mutex_);
				wake_.wait(lock, [this] { return !queue_.empty(); });
				work = std::move(queue_.front());
				queue_.pop_front();
			}
			work(conn);
		}
	}

	std::mutex mutex_;
	std::condition_variable wake_;
	std::deque<Work> queue_;
	std::vector<std::thread> threads_;
};

std::string Principal(const CallbackServerContext &context)
{
	auto ids = context.auth_context()->FindPropertyValues("peer_spiffe_id");
	return ids.empty() ? "" : std::string(ids[0].data(), ids[0].size());
}

std::string Array(const google::protobuf::RepeatedPtrField<std::string> &list)
{
	std::string out = "{";
	for (const auto &s : list)
		out += (out.size() > 1 ? "," : "") + s;
	return out + "}";
}

PGresult *Query(PGconn *conn, const char *name, const std::vector<std::string> &texts)
{
	std::vector<const char *> values;
	for (const auto &text : texts)
		values.push_back(text.c_str());
	return PQexecPrepared(conn, name, static_cast<int>(values.size()), values.data(), nullptr,
			      nullptr, 0);
}

Status Failed(PGconn *conn)
{
	return {grpc::StatusCode::UNAVAILABLE, PQerrorMessage(conn)};
}

class Consent final : public pidc::v1::ConsentService::CallbackService {
public:
	explicit Consent(Pool *pool) : pool_(pool) {}

	ServerUnaryReactor *CheckConsent(CallbackServerContext *context,
					 const pidc::v1::CheckConsentRequest *request,
					 pidc::v1::CheckConsentResponse *reply) override
	{
		ServerUnaryReactor *reactor = context->DefaultReactor();
		std::string principal = Principal(*context);
		pool_->Add([=](PGconn *conn) {
			PGresult *res = Query(conn, "check",
					      {principal, request->owner_org(), request->contribution_id(),
					       request->purpose(), Array(request->fields())});
			bool ok = PQresultStatus(res) == PGRES_TUPLES_OK;
			bool permitted = ok && PQntuples(res) > 0;
			if (permitted) {
				reply->mutable_position()->set_revision(strtoull(PQgetvalue(res, 0, 0), nullptr, 10));
				reply->set_consent_id(PQgetvalue(res, 0, 1));
			}
			reply->set_verdict(permitted ? pidc::v1::VERDICT_PERMIT : pidc::v1::VERDICT_DENY);
			PQclear(res);
			reactor->Finish(ok ? Status::OK : Failed(conn));
		});
		return reactor;
	}

private:
	Pool *pool_;
};

class Data final : public pidc::v1::DataService::CallbackService {
public:
	explicit Data(Pool *pool) : pool_(pool) {}

	ServerUnaryReactor *SubmitContribution(CallbackServerContext *context,
					       const pidc::v1::SubmitContributionRequest *request,
					       pidc::v1::SubmitContributionResponse *reply) override
	{
		ServerUnaryReactor *reactor = context->DefaultReactor();
		std::string principal = Principal(*context);
		pool_->Add([=](PGconn *conn) {
			PGresult *res = Query(conn, "submit",
					      {principal, request->request_id(), request->dataset_id(),
					       request->columns(0), request->columns(1)});
			bool ok = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1;
			if (ok) {
				reply->mutable_position()->set_revision(strtoull(PQgetvalue(res, 0, 0), nullptr, 10));
				reply->set_contribution_id(PQgetvalue(res, 0, 1));
			}
			PQclear(res);
			reactor->Finish(ok ? Status::OK : Failed(conn));
		});
		return reactor;
	}

private:
	Pool *pool_;
};

class Test final : public grpc::testing::TestService::CallbackService {
public:
	ServerUnaryReactor *EmptyCall(CallbackServerContext *context, const grpc::testing::Empty *,
				      grpc::testing::Empty *) override
	{
		ServerUnaryReactor *reactor = context->DefaultReactor();
		reactor->Finish(Status::OK);
		return reactor;
	}
};

} // namespace

int main(int argc, char **argv)
{
	std::map<std::string, std::string> options;
	for (int i = 1; i + 1 < argc; i += 2)
		options[argv[i]] = argv[i + 1];

	grpc::SslServerCredentialsOptions tls(
		options.count("--ca") ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
				      : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
	tls.pem_key_cert_pairs.push_back({ReadFile(options["--key"]), ReadFile(options["--cert"])});
	if (options.count("--ca"))
		tls.pem_root_certs = ReadFile(options["--ca"]);

	Pool *pool = nullptr;
	if (options.count("--url"))
		pool = new Pool(options["--url"], ReadFile(options["--check"]),
				ReadFile(options["--submit"]));
	Consent consent(pool);
	Data data(pool);
	Test test;
	grpc::ServerBuilder builder;
	builder.AddListeningPort("127.0.0.1:" + options["--port"], grpc::SslServerCredentials(tls));
	builder.RegisterService(&consent);
	builder.RegisterService(&data);
	builder.RegisterService(&test);
	std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
	if (!server)
		return 1;
	std::cout << "listening" << std::endl;
	server->Wait();
	return 0;
}
