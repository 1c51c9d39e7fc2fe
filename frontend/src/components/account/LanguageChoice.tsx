import { Anchor, Group } from "@mantine/core";
import { language } from "@/i18n";
import { LANGUAGE_NAMES, LANGUAGES, speak } from "@/i18n/language";

/** The other languages, each in its own words, for whoever has no account menu yet. */
export function LanguageChoice({ mt = "xl" }: { readonly mt?: "xl" | 0 }) {
  return (
    <Group gap="sm" mt={mt}>
      {LANGUAGES.filter((offered) => offered !== language()).map((offered) => (
        <Anchor key={offered} component="button" type="button" size="sm" lang={offered} onClick={() => speak(offered)}>
          {LANGUAGE_NAMES[offered]}
        </Anchor>
      ))}
    </Group>
  );
}
