/** Model cards as people write them: comments, quotes, blank lines, nested keys and Markdown that looks like fences. */

export const BASE = `---
license: apache-2.0
language:
  - en
  - fr
library_name: transformers
pipeline_tag: text-generation
tags:
  - pretrained
inference: false
extra_gated_description: >-
  If you want to learn more about how we process your personal data,
  please read our <a href="https://river.example/terms">privacy policy</a>.
widget:
- text: "The river flows to"
  example_title: 'Rivers: a start'
model-index:
- name: River-7B
  results:
  - task:
      type: text-generation
      name: Text Generation
    dataset:
      name: AI2 Reasoning Challenge (25-Shot)
      type: ai2_arc
      config: ARC-Challenge
      split: test
      args:
        num_few_shot: 25
    metrics:
    - type: acc_norm
      value: 64.590
      name: normalized accuracy
      verified: true
---

# River 7B

Trained from scratch on 8×10^12 tokens.

---

The line above is a rule, not a fence.
`;

export const FINETUNE = `---
# Written by the training script; edit below
base_model: river-labs/River-7B   # the parent
base_model_relation: finetune
license: other # see the link
license_name: river-community-licence
license_link: https://huggingface.co/river-labs/River-7B/blob/main/LICENSE

datasets:
- harbour/weather-dialogues   # 12k rows
- "HuggingFaceH4/no_robots"

# what follows is for the widget
tags: [axolotl, 'generated_from_trainer', "chat"]
model-index:
  - name: weather-chat
    results: []
co2_eq_emissions:
  emissions: 1.20e2
  source: "codecarbon"
  hardware_used: 8 x H100
---
# weather-chat

| a | b |
|---|---|
| 1 | 2 |
`;

export const ADAPTER = `---
library_name: peft
license: llama3
base_model: meta-llama/Meta-Llama-3-8B
tags:
- lora
- trl
- sft
datasets: tatsu-lab/alpaca
model-index:
- name: alpaca-lora
  results: []
---

<!-- This model card has been generated automatically. -->

# alpaca-lora`;

export const MERGE = `---
base_model:
- mistralai/Mistral-7B-v0.1
- "teknium/OpenHermes-2.5-Mistral-7B"
- 01-ai/Yi-34B
base_model_relation: merge
tags:
- mergekit
- merge
license: cc-by-nc-4.0
---
# Untitled model (1)

\`\`\`yaml
---
merge_method: slerp
---
\`\`\`
`;

export const QUANTIZED = `---
base_model: Qwen/Qwen3-8B
base_model_relation: quantized
quantized_by: somebody
license: mit
datasets:
- bigcode/the-stack
pipeline_tag: text-generation
prompt_template: |
  <|im_start|>user
  {prompt}<|im_end|>

  <|im_start|>assistant
language: [en, "no", de]
---
GGUF files.
`.replaceAll("\n", "\r\n");

export const AGENT = `---
license: [apache-2.0, cc-by-4.0]
base_model:
  - river-labs/River-7B
  - harbour/weather-chat
datasets: []
tributary:
  kind: agent
  chain: 8453   # Base
  model: 42
  artifact: "0x19fd8b0b48cdfd4b920417b567ba07a85840042a935eefa495d31c98221c43fd"
tags:
- agent
---
`;

export const CARDS: Readonly<Record<string, string>> = { BASE, FINETUNE, ADAPTER, MERGE, QUANTIZED, AGENT };
