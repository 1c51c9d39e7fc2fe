/** Mantine's look on the router's typed links: a wrong path, parameter or search key does not compile. */

import { Button, type ButtonProps, Card, type CardProps, Text, type TextProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type AnchorProps<P> = P & Omit<ComponentPropsWithRef<"a">, keyof P>;

export const CardLink = createLink((props: AnchorProps<CardProps>) => <Card component="a" c="inherit" {...props} />);
export const ButtonLink = createLink((props: AnchorProps<ButtonProps>) => <Button component="a" {...props} />);
export const TextLink = createLink((props: AnchorProps<TextProps>) => <Text component="a" {...props} />);
