/** Mantine's look on the router's typed links: a wrong path, parameter or search key does not compile. */

import { Anchor, type AnchorProps, Button, type ButtonProps, Card, type CardProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type WithAnchor<P> = P & Omit<ComponentPropsWithRef<"a">, keyof P>;

export const CardLink = createLink((props: WithAnchor<CardProps>) => <Card component="a" c="inherit" {...props} />);
export const ButtonLink = createLink((props: WithAnchor<ButtonProps>) => <Button component="a" {...props} />);
export const TextLink = createLink((props: WithAnchor<AnchorProps>) => <Anchor c="inherit" {...props} />);
