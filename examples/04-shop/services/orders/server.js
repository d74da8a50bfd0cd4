// Takes orders over HTTP: each is written to Postgres, told to the events service, and kept in Redis for quick answers.
import { createServer } from "node:http";
import pg from "pg";
import { createClient } from "redis";

const { PORT = "8080", EVENTS, DATABASE_URL, REDIS_URL } = process.env;
const database = new pg.Pool({ connectionString: DATABASE_URL, max: 5 });
database.on("error", (error) => console.error("postgres:", error.message));
const cache = createClient({ url: REDIS_URL });
cache.on("error", (error) => console.error("redis:", error.message));
await cache.connect();

const counts = { taken: 0, refused: 0, cached: 0 };

const server = createServer((request, response) => {
  answer(request)
    .catch((error) => {
      console.error(error.message);
      return [503, { error: "try again later" }];
    })
    .then(([status, body]) => {
      const text = typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
      const type = typeof body === "string" ? "text/plain" : "application/json";
      response.writeHead(status, { "content-type": type }).end(text);
    });
});

async function answer(request) {
  const { method, url } = request;
  if (method === "POST" && url === "/orders") return order(await jsonOf(request));
  const [, id] = /^\/orders\/(\d+)$/.exec(url) ?? [];
  if (method === "GET" && id !== undefined) return show(id);
  if (method === "GET" && url === "/ready") {
    await Promise.all([database.query("select 1"), cache.ping()]);
    return [200, "ready\n"];
  }
  if (method === "GET" && url === "/metrics") {
    const lines = Object.entries(counts).map(([name, count]) => `shop_orders_${name}_total ${count}\n`);
    return [200, lines.join("")];
  }
  return [404, { error: "POST /orders with item and quantity, or GET /orders/ID" }];
}

async function order({ item, quantity } = {}) {
  if (typeof item !== "string" || !Number.isInteger(quantity) || quantity < 1) {
    counts.refused++;
    return [400, { error: 'an order is { "item": text, "quantity": whole number from 1 }' }];
  }
  const { rows } = await database.query("insert into orders (item, quantity) values ($1, $2) returning id", [
    item,
    quantity,
  ]);
  const { id } = rows[0];
  const told = await fetch(`${EVENTS}/orders`, {
    method: "POST",
    body: JSON.stringify({ id: Number(id), item, quantity }),
    signal: AbortSignal.timeout(5000),
  });
  if (!told.ok) {
    await database.query("delete from orders where id = $1", [id]);
    counts.refused++;
    return told.status === 404 ? [404, { error: `the shop has no ${item}` }] : [503, { error: "try again later" }];
  }
  const { total } = await told.json();
  await database.query("update orders set total_cents = $1 where id = $2", [total, id]);
  counts.taken++;
  const taken = { id: Number(id), item, quantity, total };
  await cache.set(`order:${id}`, JSON.stringify(taken), { EX: 3600 });
  return [201, taken];
}

async function show(id) {
  const cached = await cache.get(`order:${id}`);
  if (cached !== null) {
    counts.cached++;
    return [200, JSON.parse(cached)];
  }
  const { rows } = await database.query("select id, item, quantity, total_cents from orders where id = $1", [id]);
  if (rows.length === 0) return [404, { error: `no order ${id}` }];
  const { item, quantity, total_cents: total } = rows[0];
  return [200, { id: Number(rows[0].id), item, quantity, total: total === null ? null : Number(total) }];
}

async function jsonOf(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 10_000) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

server.listen(Number(PORT), () => console.log(`orders: listening on ${PORT}`));

// The Service stops sending before the last answers are out.
process.on("SIGTERM", () => {
  setTimeout(() => {
    server.close(async () => {
      await Promise.allSettled([database.end(), cache.close()]);
      process.exit(0);
    });
    server.closeIdleConnections();
  }, 3000);
});
