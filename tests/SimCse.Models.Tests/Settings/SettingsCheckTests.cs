using System.Text.Json.Nodes;
using SimCse.Inference;
using SimCse.Testing;

namespace SimCse.Models.Tests.Settings;

public sealed class SettingsCheckTests
{
    /// <summary>Folders that sentence-transformers 2 and 6 saved.</summary>
    [Theory]
    [InlineData("fixtures/tiny-simcse-ja")]
    [InlineData("fixtures/tiny-simcse-ja-safetensors")]
    [InlineData("fixtures/tiny-bert-ja-unidic")]
    [InlineData("fixtures/tiny-bert-ja-char")]
    [InlineData("fixtures/tiny-bert-ja-ipadic-unnamed")]
    [InlineData("fixtures/tiny-bert-ja-include-prompt-false")]
    [InlineData("models/all-MiniLM-L6-v2")]
    public void Knows_every_setting_of_what_the_libraries_saved(string model) =>
        Assert.Empty(ModelParts.Of(SharedData.Require(model)).CheckSettings([]));

    /// <summary>As transformers 2 to 4 wrote it, when a configuration was saved with all of its defaults.</summary>
    [Fact]
    public void Knows_the_settings_that_every_model_of_transformers_may_have()
    {
        using var model = new TinyModel();
        Merge(model.Config, """
            {
              "_name_or_path": "cl-tohoku/bert-base-japanese-v2", "_num_labels": 2, "add_cross_attention": false, "architectures": ["BertModel"],
              "attention_probs_dropout_prob": 0.1, "bad_words_ids": null, "begin_suppress_tokens": null, "bos_token_id": null,
              "chunk_size_feed_forward": 0, "classifier_dropout": null, "cross_attention_hidden_size": null, "decoder_start_token_id": null,
              "directionality": "bidi", "diversity_penalty": 0.0, "do_sample": false, "dtype": "float32", "early_stopping": false,
              "encoder_no_repeat_ngram_size": 0, "eos_token_id": null, "eos_token_ids": 0, "exponential_decay_length_penalty": null,
              "finetuning_task": null, "forced_bos_token_id": null, "forced_eos_token_id": null, "gradient_checkpointing": false,
              "hidden_dropout_prob": 0.1, "id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "initializer_range": 0.02, "is_decoder": false,
              "is_encoder_decoder": false, "label2id": {"LABEL_0": 0, "LABEL_1": 1}, "length_penalty": 1.0, "max_length": 20, "min_length": 0,
              "no_repeat_ngram_size": 0, "num_beam_groups": 1, "num_beams": 1, "num_labels": 2, "num_return_sequences": 1,
              "output_attentions": false, "output_hidden_states": false, "output_past": true, "output_scores": false, "pad_token_id": 0,
              "pooler_fc_size": 768, "pooler_num_attention_heads": 12, "pooler_num_fc_layers": 3, "pooler_size_per_head": 128,
              "pooler_type": "first_token_transform", "position_embedding_type": "absolute", "prefix": null, "problem_type": null,
              "pruned_heads": {}, "remove_invalid_values": false, "repetition_penalty": 1.0, "return_dict": true,
              "return_dict_in_generate": false, "sep_token_id": null, "suppress_tokens": null, "task_specific_params": null,
              "temperature": 1.0, "tf_legacy_loss": false, "tie_encoder_decoder": false, "tie_word_embeddings": true,
              "tokenizer_class": "BertJapaneseTokenizer", "top_k": 50, "top_p": 1.0, "torch_dtype": "float16", "torchscript": false,
              "transformers_version": "4.44.2", "typical_p": 1.0, "use_bfloat16": false, "use_cache": true
            }
            """);

        Import(model);
    }

    [Theory]
    [InlineData("config.json", "rope_theta", "10000.0", "rope_theta in config.json is 10000.0 (unknown)")]
    [InlineData("config.json", "pruned_heads", "{\"1\":[0]}", "pruned_heads in config.json is {\"1\":[0]} (expected none)")]
    [InlineData("config.json", "quantization_config", "{\"bits\":8}", "quantization_config in config.json is ")]
    [InlineData("config.json", "auto_map", "{\"AutoModel\":\"model.Model\"}", "auto_map in config.json is ")]
    [InlineData("config.json", "add_cross_attention", "true", "add_cross_attention in config.json is true (expected false)")]
    [InlineData("tokenizer_config.json", "truncation_side", "\"left\"", "is \"left\" (expected \"right\")")]
    [InlineData("tokenizer_config.json", "split_special_tokens", "true", "split_special_tokens in tokenizer_config.json is true")]
    [InlineData("tokenizer_config.json", "never_split", "[\"猫\"]", "never_split in tokenizer_config.json is ")]
    [InlineData("tokenizer_config.json", "extra_special_tokens", "[\"<q>\"]", "extra_special_tokens in tokenizer_config.json is ")]
    [InlineData("sentence_bert_config.json", "processing_kwargs", "{\"text\":{\"padding\":true}}", "processing_kwargs in ")]
    [InlineData("sentence_bert_config.json", "tokenizer_args", "{\"model_max_length\":9}", "tokenizer_args.model_max_length in ")]
    [InlineData("sentence_bert_config.json", "transformer_task", "\"fill-mask\"", "transformer_task in sentence_bert_config.json is ")]
    [InlineData("sentence_bert_config.json", "query_length", "8", "query_length in sentence_bert_config.json is 8 (expected none)")]
    [InlineData("config_sentence_transformers.json", "truncate_dim", "4", "truncate_dim in config_sentence_transformers.json is 4")]
    [InlineData("config_sentence_transformers.json", "model_type", "\"SparseEncoder\"", "is \"SparseEncoder\" (expected \"SentenceTran")]
    [InlineData("1_Pooling/config.json", "layer", "3", "layer in 1_Pooling/config.json is 3 (unknown)")]
    [InlineData("2_Dense/config.json", "use_residual", "true", "use_residual in 2_Dense/config.json is true (expected false)")]
    public void What_may_change_vectors_is_refused_by_file_name_and_value(string file, string name, string value, string message)
    {
        using var model = new TinyModel().Save();
        Set(model, file, name, value);

        var error = Assert.Throws<NotSupportedException>(() => Import(model, save: false));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains($"--ignore {file}:{name}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_is_refused_at_once()
    {
        using var model = new TinyModel();
        model.Config["new_key"] = 1;
        model.Dense["other_key"] = "x";

        var message = Assert.Throws<NotSupportedException>(() => Import(model)).Message;

        Assert.Contains(
            "new_key in config.json is 1 (unknown); other_key in 2_Dense/config.json is \"x\" (unknown).", message,
            StringComparison.Ordinal);
        Assert.Contains("--ignore config.json:new_key --ignore 2_Dense/config.json:other_key", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    public void A_setting_without_a_value_is_none(string value)
    {
        using var model = new TinyModel();
        model.Config["new_key"] = JsonNode.Parse(value);

        Assert.Null(Import(model).Manifest.IgnoredSettings);
    }

    [Fact]
    public void How_a_model_is_loaded_changes_nothing()
    {
        using var model = new TinyModel().Save();
        Set(model, "sentence_bert_config.json", "model_args", """{"attn_implementation": "sdpa", "torch_dtype": "float16"}""");

        Import(model, save: false);
    }

    [Fact]
    public void What_the_user_ignores_is_recorded_and_leaves_the_fingerprint_alone()
    {
        using var model = new TinyModel();
        var before = Import(model);
        model.Config["new_key"] = 1;

        var bundle = Import(model, ignored: ["config.json:new_key"]);

        Assert.Equal(["config.json:new_key"], bundle.Manifest.IgnoredSettings);
        Assert.Equal(before.Model.Fingerprint, bundle.Model.Fingerprint);
    }

    [Theory]
    [InlineData("config.json:new_key")]
    [InlineData("config.json:hidden_size")]
    [InlineData("nonsense")]
    public void To_ignore_what_would_not_be_refused_is_an_error(string ignored)
    {
        using var model = new TinyModel();

        Assert.Contains(
            $"--ignore {ignored} names no setting", Assert.Throws<ArgumentException>(() => Import(model, ignored: [ignored])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adapter_config.json", "holds adapter_config.json")]
    [InlineData("sentence_roberta_config.json", "holds sentence_roberta_config.json and no sentence_bert_config.json")]
    public void A_file_that_the_libraries_would_read_is_refused(string file, string message)
    {
        using var model = new TinyModel().Save();
        File.Delete(Path.Combine(model.Folder, "sentence_bert_config.json"));
        File.WriteAllText(Path.Combine(model.Folder, file), "{}");

        Assert.Contains(
            message, Assert.Throws<NotSupportedException>(() => Import(model, save: false)).Message, StringComparison.Ordinal);
    }

    private static void Set(TinyModel model, string file, string name, string value)
    {
        var path = Path.Combine(model.Folder, file);
        var json = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : [];
        json[name] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
    }

    private static void Merge(JsonObject into, string json)
    {
        foreach (var (name, value) in JsonNode.Parse(json)!.AsObject())
        {
            into[name] = value?.DeepClone();
        }
    }

    private static Bundle Import(TinyModel model, bool save = true, params string[] ignored)
    {
        using var folder = new TemporaryFolder();
        _ = save ? model.Save() : model;
        return ModelImporter.Import(model.Folder, folder["bundle"], new ImportOptions { IgnoredSettings = ignored });
    }
}
