import { expect, test } from "vitest";
import { timeScaleOf } from "../../src/embedded/speed.ts";

test.each([
  [undefined, 1],
  ["", 1],
  ["10", 0.1],
  ["0.5", 2],
])("K8SCTL_EMBEDDED_SPEED=%s is a factor of %s on every delay", (speed, factor) => {
  expect(timeScaleOf({ K8SCTL_EMBEDDED_SPEED: speed })).toBe(factor);
});

test.each(["fast", "0", "-1", "1e9", "NaN"])("K8SCTL_EMBEDDED_SPEED=%s is refused by name", (speed) => {
  expect(() => timeScaleOf({ K8SCTL_EMBEDDED_SPEED: speed })).toThrow(
    `K8SCTL_EMBEDDED_SPEED is ${JSON.stringify(speed)}: give a number from 0.01 to 1000`,
  );
});
