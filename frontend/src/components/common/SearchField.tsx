import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

const WAIT_MS = 300;

interface SearchFieldProps extends Omit<TextInputProps, "value" | "onChange" | "defaultValue"> {
  readonly label: string;
  /** What is searched for now; undefined empties the field. */
  readonly search: string | undefined;
  readonly onSearch: (text: string | undefined) => void;
}

/** A field that searches when one stops typing. */
export function SearchField({ label, search, onSearch, ...rest }: SearchFieldProps) {
  const [typed, setTyped] = useState(search ?? "");
  const [known, setKnown] = useState(search);
  const tell = useDebouncedCallback((text: string) => onSearch(text.trim() || undefined), WAIT_MS);
  if (known !== search) {
    setKnown(search);
    if (search === undefined) setTyped("");
  }
  return (
    <TextInput
      {...rest}
      leftSection={<IconSearch size={16} />}
      aria-label={label}
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        tell(value);
      }}
    />
  );
}
