// SPDX-License-Identifier: ISC
//
// The interoperability cases of the gRPC project that need no special
// credentials, by @grpc/grpc-js against pidc-interop-server (argv[2]). Prints one
// line a case; ends with 0 if all are as expected. PIDC_NODE_MODULES says where
// grpc-js is.
'use strict';

const assert = require('assert');
const childProcess = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const zlib = require('zlib');
const modules = process.env.PIDC_NODE_MODULES;
const grpc = require(path.join(modules, '@grpc/grpc-js'));
const loader = require(path.join(modules, '@grpc/proto-loader'));

const testing = grpc.loadPackageDefinition(loader.loadSync('grpc/testing/test.proto', {
  includeDirs: [path.join(__dirname, 'proto')], keepCase: true, longs: String, enums: String,
  defaults: true,
})).grpc.testing;
const TIMEOUT = 60000; // only so that a hang is a failure
const NO_COMPRESS = 2; // flag of one message
const STATUS_TEXT = '\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1F608}\t\n';

// grpc-js does not tell whether a message came compressed, but inflates each
// compressed one by a Gunzip.
let inflated = 0;
const { end } = zlib.Gunzip.prototype;
zlib.Gunzip.prototype.end = function counted(...args) {
  inflated++;
  return end.apply(this, args);
};

let plain; // a client that sends as it is
let gzip; // and one that compresses
let unimplemented;

// --- server -------------------------------------------------------------------

function certificate(folder) {
  const [cert, key] = ['server.crt', 'server.key'].map((name) => path.join(folder, name));
  childProcess.execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj',
    '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
  { stdio: 'ignore' });
  fs.chmodSync(key, 0o600);
  return { cert, key };
}

function start(files) {
  const server = childProcess.spawn(process.argv[2],
    ['--port', '0', '--cert', files.cert, '--key', files.key],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.stdout.once('data', (line) => {
      const address = /^listening on (\S+)/.exec(line.toString());
      if (address)
        resolve({ server, address: address[1] });
      else
        reject(new Error(`the server said: ${line}`));
    });
  });
}

function stop(server) {
  return new Promise((resolve) => {
    server.on('exit', resolve);
    server.kill('SIGTERM');
  });
}

// --- calls -------------------------------------------------------------------

const deadline = () => ({ deadline: Date.now() + TIMEOUT });
const payload = (size) => ({ body: Buffer.alloc(size) });
const isZeros = (reply, size) => assert(reply.payload.body.equals(Buffer.alloc(size)));

// [error, reply, call, initial metadata, status]
function unary(client, method, request, metadata = new grpc.Metadata()) {
  return new Promise((resolve) => {
    const result = [];
    const call = client[method](request, metadata, deadline(), (error, reply) => {
      result[0] = error;
      result[1] = reply;
    });
    call.on('metadata', (initial) => { result[3] = initial; });
    call.on('status', (status) => {
      result[2] = call;
      result[4] = status;
      resolve(result);
    });
  });
}

// Of a stream: all replies, its status, its initial metadata.
function gather(call, onReply = () => {}) {
  return new Promise((resolve) => {
    const result = { replies: [], status: null, initial: null };
    call.on('metadata', (initial) => { result.initial = initial; });
    call.on('data', (reply) => {
      result.replies.push(reply);
      onReply(result.replies.length);
    });
    call.on('error', () => {}); // the status says it
    call.on('status', (status) => {
      result.status = status;
      resolve(result);
    });
  });
}

const ask = (sizes, body = 0) => ({
  response_parameters: sizes.map((size) => ({ size })), payload: payload(body),
});
const sizes = (result) => result.replies.map((reply) => reply.payload.body.length);

function input(client, writes) {
  return new Promise((resolve) => {
    const call = client.StreamingInputCall(new grpc.Metadata(), deadline(),
      (error, reply) => resolve([error, reply]));
    call.on('error', () => {});
    for (const [message, flags] of writes)
      call.write(message, flags);
    call.end();
  });
}

async function ok(promise) {
  const [error, reply] = await promise;
  assert.ifError(error);
  return reply;
}

async function fails(promise, code, details) {
  const [error] = await promise;
  assert(error, `expected status ${code}`);
  assert.strictEqual(error.code, code);
  if (details !== undefined)
    assert.strictEqual(error.details, details);
}

function ended(result, code) {
  assert.strictEqual(result.status.code, code, result.status.details);
}

// --- cases -------------------------------------------------------------------

const cases = {
  async empty_unary() {
    assert.deepStrictEqual(await ok(unary(plain, 'EmptyCall', {})), {});
  },

  async large_unary() {
    isZeros(await ok(unary(plain, 'UnaryCall',
      { response_size: 314159, payload: payload(271828) })), 314159);
  },

  async client_streaming() {
    const reply = await ok(input(plain,
      [27182, 8, 1828, 45904].map((size) => [{ payload: payload(size) }])));
    assert.strictEqual(reply.aggregated_payload_size, 74922);
  },

  async server_streaming() {
    const wanted = [31415, 9, 2653, 58979];
    const result = await gather(plain.StreamingOutputCall(ask(wanted), deadline()));
    ended(result, grpc.status.OK);
    assert.deepStrictEqual(sizes(result), wanted);
  },

  async ping_pong() {
    const turns = [[31415, 27182], [9, 8], [2653, 1828], [58979, 45904]];
    const call = plain.FullDuplexCall(deadline());
    const next = (n) => (n < turns.length ? call.write(ask([turns[n][0]], turns[n][1])) :
      call.end());
    next(0);
    const result = await gather(call, next);
    ended(result, grpc.status.OK);
    assert.deepStrictEqual(sizes(result), turns.map((turn) => turn[0]));
  },

  async empty_stream() {
    const call = plain.FullDuplexCall(deadline());
    call.end();
    const result = await gather(call);
    ended(result, grpc.status.OK);
    assert.deepStrictEqual(result.replies, []);
  },

  async custom_metadata() {
    const [initial, trailing] = ['x-grpc-test-echo-initial', 'x-grpc-test-echo-trailing-bin'];
    const value = 'test_initial_metadata_value';
    const bytes = Buffer.from([0xab, 0xab, 0xab]);
    const metadata = new grpc.Metadata();
    metadata.set(initial, value);
    metadata.set(trailing, bytes);
    const [error, , , got, status] = await unary(plain, 'UnaryCall',
      { response_size: 314159, payload: payload(271828) }, metadata);
    assert.ifError(error);
    assert.deepStrictEqual(got.get(initial), [value]);
    assert.deepStrictEqual(status.metadata.get(trailing), [bytes]);
    const call = plain.FullDuplexCall(metadata, deadline());
    call.end(ask([314159], 271828));
    const result = await gather(call);
    ended(result, grpc.status.OK);
    assert.deepStrictEqual(result.initial.get(initial), [value]);
    assert.deepStrictEqual(result.status.metadata.get(trailing), [bytes]);
  },

  async status_code_and_message() {
    const request = { response_status: { code: 2, message: 'test status message' } };
    await fails(unary(plain, 'UnaryCall', request), 2, 'test status message');
    const call = plain.FullDuplexCall(deadline());
    call.end(request);
    const result = await gather(call);
    ended(result, 2);
    assert.strictEqual(result.status.details, 'test status message');
  },

  async special_status_message() {
    await fails(unary(plain, 'UnaryCall',
      { response_status: { code: 2, message: STATUS_TEXT } }), 2, STATUS_TEXT);
  },

  async unimplemented_method() {
    await fails(unary(plain, 'UnimplementedCall', {}), grpc.status.UNIMPLEMENTED);
  },

  async unimplemented_service() {
    await fails(unary(unimplemented, 'UnimplementedCall', {}), grpc.status.UNIMPLEMENTED);
  },

  async cancel_after_begin() {
    const [error] = await new Promise((resolve) => {
      // grpc-js 1.14 sends the headers after all and nothing more: what the server
      // has then ends at the deadline, and only with it does the server end.
      const call = plain.StreamingInputCall(new grpc.Metadata(), { deadline: Date.now() + 1000 },
        (...result) => resolve(result));
      call.on('error', () => {});
      call.cancel();
    });
    assert.strictEqual(error.code, grpc.status.CANCELLED);
  },

  async cancel_after_first_response() {
    const call = plain.FullDuplexCall(deadline());
    call.write(ask([31415], 27182));
    const result = await gather(call, () => call.cancel());
    ended(result, grpc.status.CANCELLED);
    assert.deepStrictEqual(sizes(result), [31415]);
  },

  async timeout_on_sleeping_server() {
    const call = plain.FullDuplexCall({ deadline: Date.now() + 1 });
    call.on('error', () => {}); // a write may come too late
    call.write({ payload: payload(27182) });
    ended(await gather(call), grpc.status.DEADLINE_EXCEEDED);
  },

  async client_compressed_unary() {
    const request = (value) => ({
      expect_compressed: { value }, response_size: 314159, payload: payload(271828) });
    // The probe: a server that does not look would accept it.
    await fails(unary(plain, 'UnaryCall', request(true)), grpc.status.INVALID_ARGUMENT);
    await fails(unary(gzip, 'UnaryCall', request(false)), grpc.status.INVALID_ARGUMENT);
    isZeros(await ok(unary(gzip, 'UnaryCall', request(true))), 314159);
    isZeros(await ok(unary(plain, 'UnaryCall', request(false))), 314159);
  },

  async server_compressed_unary() {
    for (const value of [true, false]) {
      inflated = 0;
      isZeros(await ok(unary(plain, 'UnaryCall', {
        response_compressed: { value }, response_size: 314159, payload: payload(271828) })),
      314159);
      assert.strictEqual(inflated, value ? 1 : 0);
    }
  },

  async client_compressed_streaming() {
    const request = (value, size) => ({ expect_compressed: { value }, payload: payload(size) });
    await fails(input(plain, [[request(true, 27182)]]), grpc.status.INVALID_ARGUMENT);
    await fails(input(gzip, [[request(true, 8)], [request(false, 8)]]),
      grpc.status.INVALID_ARGUMENT);
    const reply = await ok(input(gzip, [[request(true, 27182)],
      [request(false, 45904), NO_COMPRESS]]));
    assert.strictEqual(reply.aggregated_payload_size, 73086);
  },

  async server_compressed_streaming() {
    for (const order of [[true, false], [false, true], [false, false], [true, true]]) {
      inflated = 0;
      const result = await gather(plain.StreamingOutputCall({
        response_parameters: [{ size: 31415, compressed: { value: order[0] } },
          { size: 92653, compressed: { value: order[1] } }] }, deadline()));
      ended(result, grpc.status.OK);
      assert.deepStrictEqual(sizes(result), [31415, 92653]);
      assert.strictEqual(inflated, order.filter((value) => value).length);
    }
  },
};

async function run() {
  let failed = 0;
  for (const [name, test] of Object.entries(cases)) {
    try {
      await test();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}`, error);
    }
  }
  return failed;
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pidc-interop-'));
  const files = certificate(folder);
  const { server, address } = await start(files);
  const credentials = grpc.credentials.createSsl(fs.readFileSync(files.cert));
  fs.rmSync(folder, { recursive: true });
  plain = new testing.TestService(address, credentials);
  gzip = new testing.TestService(address, credentials, {
    'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
  unimplemented = new testing.UnimplementedService(address, credentials);
  const failed = await run();
  for (const client of [plain, gzip, unimplemented])
    client.close();
  const status = await stop(server);
  assert.strictEqual(status, 0, `the server ended with ${status}`);
  return failed === 0 ? 0 : 1;
}

main().then((code) => process.exit(code), (error) => {
  console.error(error);
  process.exit(1);
});
