namespace SimCse.Models.Settings;

/// <summary>
/// The settings of one kind of file. A name may end in <c>*</c>, and <c>a.b</c> stands for b in the object a. What is listed nowhere is
/// refused, because it may change vectors.
/// </summary>
/// <param name="Honoured">Settings that are read somewhere else, which refuses what it does not know.</param>
/// <param name="Ignored">Settings that change no id and no vector.</param>
/// <param name="Only">Settings that are accepted with these values, as JSON, or not at all.</param>
/// <remarks>
/// Sources: <c>configuration_utils.py</c>, <c>configuration_bert.py</c> and <c>tokenization_utils_base.py</c> of transformers 2 to 5; the
/// <c>config_keys</c> of the modules of sentence-transformers 2 to 6 (huggingface/sentence-transformers cad21198).
/// </remarks>
internal sealed record KnownSettings(string Honoured, string Ignored, IReadOnlyDictionary<string, string[]> Only)
{
    private const string SpecialTokens = "unk_token sep_token pad_token cls_token mask_token additional_special_tokens";

    /// <summary>How a model is loaded, not what it computes.</summary>
    private static readonly string Loading = string.Join(
        ' ',
        from arguments in "model_args model_kwargs tokenizer_args processor_kwargs config_args config_kwargs".Split(' ')
        from name in ("torch_dtype dtype attn_implementation device_map low_cpu_mem_usage use_safetensors trust_remote_code cache_dir " +
            "revision token use_auth_token local_files_only use_fast padding_side add_pooling_layer").Split(' ')
        select $"{arguments}.{name}");

    /// <summary><c>config.json</c> of BERT.</summary>
    public static readonly KnownSettings Model = new(
        "model_type hidden_act hidden_size intermediate_size layer_norm_eps max_position_embeddings num_attention_heads " +
        "num_hidden_layers type_vocab_size vocab_size _name_or_path simcse_untrained",
        // Names and training.
        "architectures transformers_version transformers.js_config torch_dtype dtype use_bfloat16 _commit_hash sentence_transformers " +
        "tokenizer_class name_or_path base_model_name_or_path finetuning_task task_specific_params problem_type id2label label2id " +
        "num_labels _num_labels language attention_probs_dropout_prob hidden_dropout_prob initializer_range initializer_factor " +
        "gradient_checkpointing classifier_* pooler_* summary_* directionality model_name embedding_size " +
        // What is returned, and how it is computed.
        "output_* return_dict use_return_dict torchscript use_cache chunk_size_feed_forward attn_implementation _attn_implementation* " +
        "keys_to_ignore_at_inference tf_legacy_loss " +
        // Heads, decoders and generation.
        "tie_word_embeddings tie_encoder_decoder cross_attention_hidden_size *_token_id *_token_ids prefix bad_words_ids num_beams " +
        "num_beam_groups num_return_sequences max_length min_length do_sample early_stopping diversity_penalty temperature top_k top_p " +
        "typical_p repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size return_dict_in_generate " +
        "remove_invalid_values exponential_decay_length_penalty suppress_tokens begin_suppress_tokens",
        new Dictionary<string, string[]>
        {
            ["add_cross_attention"] = ["false"],
            ["auto_map"] = [],
            ["is_decoder"] = ["false"],
            ["is_encoder_decoder"] = ["false"],
            ["position_embedding_type"] = ["\"absolute\""],
            ["pruned_heads"] = [],
            ["quantization_config"] = [],
        });

    public static readonly KnownSettings Tokenizer = new(
        "tokenizer_class word_tokenizer_type subword_tokenizer_type do_word_tokenize do_subword_tokenize do_lower_case mecab_kwargs " +
        "tokenize_chinese_chars strip_accents model_max_length added_tokens_decoder " + SpecialTokens,
        "name_or_path tokenizer_file vocab_file special_tokens_map_file spm_file from_slow use_fast backend is_local local_files_only " +
        "processor_class chat_template model_input_names padding_side padding pad_to_multiple_of pad_token_type_id max_length stride " +
        "truncation truncation_strategy return_* clean_up_tokenization_spaces spaces_between_special_tokens add_prefix_space errors " +
        "verbose max_len init_inputs jumanpp_kwargs sudachi_kwargs sp_model_kwargs legacy unk_id trust_remote_code revision token",
        new Dictionary<string, string[]>
        {
            ["auto_map"] = [],
            ["bos_token"] = ["\"[CLS]\"", "\"[SEP]\""],
            ["eos_token"] = ["\"[CLS]\"", "\"[SEP]\""],
            ["clean_text"] = ["true"],
            ["do_basic_tokenize"] = ["true"],
            ["extra_special_tokens"] = [],
            ["never_split"] = [],
            ["split_special_tokens"] = ["false"],
            ["truncation_side"] = ["\"right\""],
            ["wordpieces_prefix"] = ["\"##\""],
        });

    public static readonly KnownSettings SpecialTokensMap = new(SpecialTokens, "", new Dictionary<string, string[]>
    {
        ["bos_token"] = ["\"[CLS]\"", "\"[SEP]\""],
        ["eos_token"] = ["\"[CLS]\"", "\"[SEP]\""],
    });

    /// <summary><c>sentence_bert_config.json</c>.</summary>
    public static readonly KnownSettings Transformer = new(
        "max_seq_length do_lower_case",
        "unpad_inputs tokenizer_name_or_path " + Loading,
        new Dictionary<string, string[]>
        {
            ["document_length"] = [],
            ["modality_config"] = ["""{"text":{"method":"forward","method_output_name":"last_hidden_state"}}"""],
            ["module_output_name"] = ["\"token_embeddings\""],
            ["processing_kwargs"] = [],
            ["query_expansion"] = ["false"],
            ["query_length"] = [],
            ["transformer_task"] = ["\"feature-extraction\""],
        });

    /// <summary><c>config_sentence_transformers.json</c>.</summary>
    public static readonly KnownSettings Sentences = new(
        "prompts default_prompt_name",
        "__version__ similarity_fn_name requirements",
        new Dictionary<string, string[]> { ["model_type"] = ["\"SentenceTransformer\""], ["truncate_dim"] = [] });

    /// <summary>An entry of <c>modules.json</c>.</summary>
    public static readonly KnownSettings Module = new("idx name path type", "", new Dictionary<string, string[]> { ["kwargs"] = [] });

    /// <summary><c>config.json</c> of the modules after the Transformer, by their class.</summary>
    public static readonly IReadOnlyDictionary<string, KnownSettings> Modules = new Dictionary<string, KnownSettings>
    {
        ["Pooling"] = new(
            "word_embedding_dimension embedding_dimension pooling_mode pooling_mode_* include_prompt", "",
            new Dictionary<string, string[]>()),
        ["Dense"] = new(
            "in_features out_features bias activation_function module_input_name", "",
            new Dictionary<string, string[]> { ["module_output_name"] = ["\"sentence_embedding\""], ["use_residual"] = ["false"] }),
        ["Normalize"] = new("", "", new Dictionary<string, string[]>
        {
            ["module_input_name"] = ["\"sentence_embedding\""],
            ["module_output_name"] = ["\"sentence_embedding\""],
        }),
        ["LayerNorm"] = new("dimension", "", new Dictionary<string, string[]>()),
        ["Dropout"] = new("", "dropout", new Dictionary<string, string[]>()),
    };

    public bool IsHonoured(string name) => IsListed(Honoured, name);

    public bool IsIgnored(string name) => IsListed(Ignored, name);

    /// <summary>Whether single members of an object of this name are listed.</summary>
    public bool HasMembers(string name) => Ignored.Split(' ').Any(listed => listed.StartsWith($"{name}.", StringComparison.Ordinal));

    private static bool IsListed(string list, string name) => list.Split(' ').Any(
        listed => listed.StartsWith('*') ? name.EndsWith(listed[1..], StringComparison.Ordinal)
            : listed.EndsWith('*') ? name.StartsWith(listed[..^1], StringComparison.Ordinal)
            : listed == name);
}
