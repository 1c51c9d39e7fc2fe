import { Alert, Button, Checkbox, Select, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { AnswerOfRater } from "@/api/assignments";
import {
  DEFORMITIES,
  emptyGrading,
  FOREIGN_MATERIAL_NAMES,
  FOREIGN_MATERIALS,
  FRACTURE_TYPES,
  GRADES,
  missingGradings,
  NOT_GRADABLE_REASONS,
  reasonName,
  type ForeignMaterial,
  type FractureType,
  type Grading,
} from "@/domain/grading";
import { nameOf } from "@/domain/labels";
import { Measured } from "./Measured";
import type { Gradings } from "./useGradings";
import styles from "./workstation.module.css";

const GRADE_LABELS = { 0: "normal", 1: "mild", 2: "moderate", 3: "severe" } as const;
const GRADE_LOSS = { 0: "under 20 %", 1: "20-25 %", 2: "25-40 %", 3: "over 40 %" } as const;

interface Props {
  readonly assignmentId: string;
  readonly label: number;
  readonly gradable: readonly number[];
  readonly gradings: Gradings;
  readonly readOnly: boolean;
  readonly answers: readonly AnswerOfRater[];
  readonly onWalk: (step: 1 | -1) => void;
}

export function GradePanel({ assignmentId, label, gradable, gradings, readOnly, answers, onWalk }: Props) {
  const missing = missingGradings(gradable, gradings.byLabel);
  const unanswered = missing.filter((entry) => entry.missing.includes("grade")).map((entry) => entry.label);
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed" data-testid="graded-count">
        {gradable.length - missing.length} of {gradable.length} vertebrae answered
      </Text>
      {gradings.unsaved.size > 0 && (
        <Alert color="amber" p="xs">
          {gradings.unsaved.size} not saved yet.{" "}
          <Button size="compact-xs" variant="default" onClick={gradings.retry}>
            Save now
          </Button>
        </Alert>
      )}
      {gradable.includes(label) && <Measured assignmentId={assignmentId} label={label} answered={gradings.answered.has(label)} />}
      {gradable.includes(label) ? (
        <GradeForm key={label} label={label} grading={gradings.byLabel.get(label) ?? emptyGrading(label)} readOnly={readOnly} answers={answers} onChange={(change) => gradings.change(label, change)} />
      ) : (
        <Alert color="gray" p="sm">
          {label > 0 ? `${nameOf(label)} is not graded here.` : "Choose a vertebra in the list."} Genant grades apply to T1 to L6.
        </Alert>
      )}
      <Button.Group>
        <Button variant="default" size="xs" fullWidth onClick={() => onWalk(-1)}>
          Above
        </Button>
        <Button variant="default" size="xs" fullWidth onClick={() => onWalk(1)}>
          Below
        </Button>
      </Button.Group>
      {!readOnly && unanswered.length > 0 && (
        <Button variant="light" size="xs" onClick={() => void gradings.normalRest(unanswered)} data-testid="normal-rest">
          All {unanswered.length} others are normal
        </Button>
      )}
    </Stack>
  );
}

interface FormProps {
  readonly label: number;
  readonly grading: Grading;
  readonly readOnly: boolean;
  readonly answers: readonly AnswerOfRater[];
  readonly onChange: (change: Partial<Grading>) => void;
}

function GradeForm({ label, grading, readOnly, answers, onChange }: FormProps) {
  const fractured = (grading.grade ?? 0) >= 1;
  return (
    <Stack gap="sm" data-testid="grade-form">
      <Text fw={600}>{nameOf(label)}</Text>
      {answers.length > 0 && <Answers answers={answers} />}
      <div className={styles["gradeButtons"]} role="group" aria-label={`Genant grade of ${nameOf(label)}`}>
        {GRADES.map((grade) => (
          <button key={grade} type="button" className={styles["gradeButton"]} aria-pressed={grading.grade === grade} disabled={readOnly} onClick={() => onChange({ grade })} data-testid={`grade-${grade}`}>
            <strong>{grade}</strong>
            <small>{GRADE_LABELS[grade]}</small>
          </button>
        ))}
      </div>
      <Text size="xs" c="dimmed">
        {grading.grade !== null ? `Height loss ${GRADE_LOSS[grading.grade]}` : "Loss of height: 20, 25 and 40 % are the limits of mild, moderate and severe."}
      </Text>
      <div>
        <Text size="xs" fw={500} mb={4} c="dimmed">
          Type {fractured && grading.fracture_type === "" ? "(needed)" : ""}
        </Text>
        <SegmentedControl
          fullWidth
          size="xs"
          disabled={readOnly || !fractured}
          value={grading.fracture_type}
          onChange={(type) => onChange({ fracture_type: type as FractureType })}
          data={FRACTURE_TYPES.map((type) => ({ value: type, label: type[0]?.toUpperCase() + type.slice(1) }))}
        />
      </div>
      <Select label="Foreign material" size="xs" disabled={readOnly} value={grading.foreign_material} allowDeselect={false} onChange={(value) => value && onChange({ foreign_material: value as ForeignMaterial })} data={FOREIGN_MATERIALS.map((value) => ({ value, label: FOREIGN_MATERIAL_NAMES[value] }))} />
      <Select label="Cannot be graded, because" size="xs" clearable placeholder="it can be graded" disabled={readOnly} value={grading.not_gradable_reason || null} onChange={(value) => onChange({ not_gradable_reason: value ?? "" })} data={NOT_GRADABLE_REASONS.map((value) => ({ value, label: reasonName(value) }))} />
      <Select label="Deformity that is no fracture" size="xs" clearable placeholder="none" disabled={readOnly} value={grading.deformity || null} onChange={(value) => onChange({ deformity: value ?? "" })} data={DEFORMITIES.map((value) => ({ value, label: reasonName(value) }))} />
      {fractured && (
        <Select
          label="Osteoporotic"
          size="xs"
          clearable
          placeholder="cannot say"
          disabled={readOnly}
          value={grading.osteoporotic === null ? null : String(grading.osteoporotic)}
          onChange={(value) => onChange({ osteoporotic: value === null ? null : value === "true" })}
          data={[
            { value: "true", label: "Yes" },
            { value: "false", label: "No (trauma or other)" },
          ]}
        />
      )}
      <Checkbox size="sm" label="Transitional vertebra" disabled={readOnly} checked={grading.transitional} onChange={(event) => onChange({ transitional: event.currentTarget.checked })} />
      <CommentField key={grading.comment} value={grading.comment} readOnly={readOnly} onSave={(comment) => onChange({ comment })} />
    </Stack>
  );
}

function Answers({ answers }: { readonly answers: readonly AnswerOfRater[] }) {
  return (
    <div className={styles["rowItem"]}>
      <Text size="xs" fw={600} mb={4}>
        The raters said
      </Text>
      {answers.map((answer) => (
        <Text key={answer.slot} size="sm">
          <strong>{answer.slot}</strong>: {answer.grade === null ? reasonName(answer.not_gradable_reason) || "no answer" : `grade ${answer.grade} ${answer.fracture_type}`}
          {answer.comment && ` – ${answer.comment}`}
        </Text>
      ))}
    </div>
  );
}

/** Saved when the field is left, so that a sentence is one answer and not one for each letter. */
function CommentField({ value, readOnly, onSave }: { readonly value: string; readonly readOnly: boolean; readonly onSave: (value: string) => void }) {
  const [text, setText] = useState(value);
  return <Textarea label="Comment" size="xs" autosize minRows={2} readOnly={readOnly} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={() => text !== value && onSave(text)} />;
}
