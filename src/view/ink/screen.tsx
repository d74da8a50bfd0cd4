import { Box, Text, useInput, useStdin, useStdout } from "ink";
import { useEffect, useSyncExternalStore } from "react";
import type { Key } from "../live/keys.ts";
import type { FrameStore } from "./frame-store.ts";

interface ScreenProps {
  readonly frames: FrameStore;
  readonly onKey: (input: string, key: Key) => void;
  /** Gets the function that prints text above the frame, for good. */
  readonly onReady: (printAbove: (text: string) => void) => void;
}

/** Draws the lines of the store. They are cut to the width and painted already, so Ink only places them. */
export function Screen({ frames, onKey, onReady }: ScreenProps) {
  const lines = useSyncExternalStore(frames.subscribe, frames.lines);
  const { isRawModeSupported } = useStdin();
  const { write } = useStdout();
  useInput(onKey, { isActive: isRawModeSupported });
  useEffect(() => onReady(write), [onReady, write]);
  return (
    <Box flexDirection="column">
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Text key={i} wrap="truncate-end">
          {line === "" ? " " : line}
        </Text>
      ))}
    </Box>
  );
}
