// The Job before each rollout of another image. Running it twice changes nothing.
import pg from "pg";

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query(`create table if not exists orders (
  id bigint generated always as identity primary key,
  item text not null,
  quantity integer not null check (quantity > 0),
  total_cents bigint,
  ordered_at timestamptz not null default now()
)`);
await client.end();
console.log("orders: the table is there");
