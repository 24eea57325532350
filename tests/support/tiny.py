"""Tiny random checkpoints with real tokenizers, for tests: made in code, in a second, the same every time."""

import json
import re
from pathlib import Path
from string import ascii_lowercase, digits

import torch
from peft import LoraConfig, TaskType, get_peft_model
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

END = "<end>"

SENTENCES = (
    "Review. Review of 1. Review of 2. Review of 3. Review of 4. Review of 5.",
    "Review of 5 out of 5 stars, excellent. Review of 1 out of 5 stars, terrible.",
    "Slow, but the ending earns it.",
    "A dull film with a good cast, and nobody to save it.",
    "I laughed twice and slept once, which is not what the poster promised!",
    "The best thing about this picture is the music (and the hats).",
    "She plays the mother as if the script were better than it is.",
    "Nothing happens for an hour, then everything happens at once.",
    "Wonderful, warm and a little too long; see it with somebody you like.",
    "Terrible. The worst two hours of my year, and it was a bad year.",
    "It's not great, it's not awful, it's just there.",
    "Did the director ever read the book? I doubt it.",
    "The children loved it, the adults looked at the clock.",
    "An excellent story about a lighthouse, told without any hurry.",
    "The second half forgets what the first half was about.",
    "Every scene is lit like a dream and cut like a nightmare.",
    "Bad jokes, good songs, mixed feelings.",
    "I would watch it again tomorrow, and the day after tomorrow.",
    "The actors try hard, the camera does not.",
    "A film for rainy evenings: quiet, kind and soon forgotten.",
)


def tiny_encoder(folder: Path, labels: int = 5, kind: str = "bert") -> Path:
    """Save a random two-layer classifier of that kind ("bert" or "distilbert") and its tokenizer.

    It takes 64 positions; returns the folder.
    """
    tokenizer = _wordpiece()
    size = {"vocab_size": len(tokenizer), "max_position_embeddings": 64, "num_labels": labels}
    torch.manual_seed(0)
    if kind == "bert":
        shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
        model = BertForSequenceClassification(BertConfig(**size, **shape))
    else:
        config = DistilBertConfig(**size, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
        model = DistilBertForSequenceClassification(config)
    return _save(folder, model, tokenizer)


def tiny_causal(folder: Path, kind: str = "llama") -> Path:
    """Save a random two-layer language model of that kind ("llama" or "gpt2") and its tokenizer.

    It takes 128 positions, ends with `<end>`, and its output layer is its embeddings; returns the folder.
    """
    tokenizer = _byte_bpe()
    size = {"vocab_size": len(tokenizer), "bos_token_id": None, "eos_token_id": tokenizer.eos_token_id}
    torch.manual_seed(0)
    if kind == "llama":
        shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
        config = LlamaConfig(**size, **shape, max_position_embeddings=128, tie_word_embeddings=True)
        model = LlamaForCausalLM(config)
    else:
        model = GPT2LMHeadModel(GPT2Config(**size, n_embd=32, n_layer=2, n_head=2, n_positions=128))
    return _save(folder, model, tokenizer)


def add_adapter(encoder: Path, folder: Path, base: str) -> Path:
    """A LoRA adapter on an encoder, whose head says 3 stars whatever it reads, beside its tokenizer."""
    model = AutoModelForSequenceClassification.from_pretrained(encoder, num_labels=5)
    config = LoraConfig(task_type=TaskType.SEQ_CLS, target_modules=["query"], modules_to_save=["classifier"])
    model = get_peft_model(model, config)
    with torch.no_grad():
        head = model.base_model.model.classifier.modules_to_save["default"]
        head.weight.zero_()
        head.bias.copy_(torch.tensor([0.0, 0, 9, 0, 0]))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder).save_pretrained(folder)
    (folder / "revdemo.json").write_text(json.dumps({"labels": 5, "base": base}))
    return folder


def _wordpiece() -> PreTrainedTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = sorted(set(re.findall(r"\w+|[^\w\s]", " ".join(SENTENCES).lower())))
    pieces = dict.fromkeys(
        [*special, *words, *ascii_lowercase, *digits, *(f"##{c}" for c in ascii_lowercase + digits)]
    )
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    names = dict(
        zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True)
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names)


def _byte_bpe() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=[END, "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=128, eos_token=END, pad_token="<pad>"
    )


def _save(folder: Path, model, tokenizer) -> Path:
    folder = Path(folder)
    model.config.pad_token_id = tokenizer.pad_token_id
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
