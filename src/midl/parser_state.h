// The parser's hands: token access and the grammar's parts, shared by parser.cpp and parser_types.cpp.
#pragma once

#include <functional>

#include "midl/acf.h"
#include "midl/attributes.h"
#include "midl/parser.h"

namespace odc::midl {

/// Thrown at a syntax error, caught where the next declaration can start; never leaves the parser.
struct SyntaxError {};

class Parser {
  public:
    Parser(Ast& ast, std::uint32_t file, const Tokens& tokens, const ParseOptions& options, Diagnostics& diagnostics,
           std::function<std::uint32_t(const std::string&, Place)> load_import)
        : ast_(ast), file_(file), tokens_(tokens.list), docs_(tokens.docs), options_(options), diagnostics_(diagnostics),
          load_import_(std::move(load_import)), pack_(options.pack) {}
    void run();
    void run_acf(Acf& into);

  private:
    // Tokens
    const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    template <std::size_t Size>
    [[gnu::always_inline]] bool is(const char (&spelling)[Size]) const {
        return same(peek().spelling, spelling) && (peek().kind == Token::Kind::identifier || peek().kind == Token::Kind::punctuation);
    }
    /// The documentation comment in front of the next token.
    const std::string& doc() const { return docs_[peek().doc]; }
    bool is_identifier() const { return peek().kind == Token::Kind::identifier; }
    template <std::size_t Size>
    [[gnu::always_inline]] bool accept(const char (&spelling)[Size]) {
        if (!is(spelling)) return false;
        ++at_;
        return true;
    }
    const Token& next() {
        const Token& token = peek();
        if (at_ + 1 < tokens_.size()) ++at_;
        return token;
    }
    template <std::size_t Size>
    void expect(const char (&spelling)[Size]) {
        if (!accept(spelling)) unexpected("'" + std::string(spelling) + "'");
    }
    std::string identifier(std::string_view what);
    [[noreturn]] void unexpected(std::string_view wanted);
    void synchronize(std::size_t start);
    std::string raw_until_close();
    std::string source_between(std::size_t first, std::size_t past) const;

    // Declarations (parser.cpp)
    void items(std::vector<Item>& into, bool inside);  ///< braces, whose end is theirs
    void item(std::vector<Item>& into);
    void interface(std::vector<Item>& into, Attributes attributes, std::string doc);
    void dispinterface(std::vector<Item>& into, Attributes attributes, std::string doc);
    void coclass(std::vector<Item>& into, Attributes attributes, std::string doc);
    void library(std::vector<Item>& into, Attributes attributes, std::string doc);
    void module(std::vector<Item>& into, Attributes attributes, std::string doc);
    void import(std::vector<Item>& into);
    void quote(std::vector<Item>& into);
    void pragma(std::vector<Item>* into);
    void skip_pragmas() {
        while (peek().kind == Token::Kind::pragma) pragma(nullptr);
    }
    void follow_pack(std::string_view text);
    void follow_condition(std::string_view text);
    void type_definition(std::vector<Item>& into, Attributes attributes, std::string doc);
    void constant(std::vector<Item>& into, Attributes attributes, std::string doc);
    void function_or_tag(std::vector<Item>& into, Attributes attributes, std::string doc);

    // Windows Runtime (parser_winrt.cpp)
    bool begins_namespace() const;
    void name_space(std::vector<Item>& into);
    void namespace_item(std::vector<Item>& into);
    void runtime_interface(std::vector<Item>& into, Attributes attributes, std::string doc);
    void runtime_class(std::vector<Item>& into, Attributes attributes, std::string doc);
    void api_contract(std::vector<Item>& into, Attributes attributes);
    void delegate(std::vector<Item>& into, Attributes attributes, std::string doc);
    void runtime_tag(std::vector<Item>& into, Attributes attributes, std::string doc);
    void runtime_forward();
    void instances();
    void keep_interface(std::vector<Item>& into, Interface& made, std::vector<std::string> parameters, const std::string& name, bool is_delegate);
    Type* runtime_type();
    std::vector<std::string> type_parameters();
    void close_angle();
    RuntimeEntity& declare_runtime(RuntimeEntity::Kind kind, const std::string& name, Place place);

    void acf_interface(Acf::Interface& made);
    Attributes attributes();
    void attribute_list(Attributes& into);
    void attribute_entries(Attributes& into);
    void custom_data(Attribute& made);
    std::vector<Expr*> attribute_values();

    // Types and expressions (parser_types.cpp)
    Type* type_specifier(Attributes* stray = nullptr);
    Type* tagged(std::string_view keyword);
    void struct_body(Type& type);
    void union_body(Type& type);
    void enum_body(Type& type);
    Type* base(Base base, Place place);
    /// Parses a declarator around `type`; `name` stays empty for abstract ones.
    Type* declarator(Type* type, std::string& name, Place& place, std::string* convention = nullptr);
    Type* pointers(Type* type);
    Type* declarator_suffix(Type* type);
    void array_bounds(Type& array);
    void parameters(Type& type);
    Parameter parameter();
    Expr* expression() { return conditional(); }
    Expr* conditional();
    Expr* binary(int level);
    Expr* unary();
    Expr* primary();
    bool starts_type() const;
    bool convention_word() const;

    struct Depth {
        explicit Depth(Parser& parser);
        ~Depth() { --parser_.depth_; }
        Parser& parser_;
    };

    static constexpr int kMaxDepth = 200;
    Ast& ast_;
    std::uint32_t file_;
    const std::vector<Token>& tokens_;
    const std::vector<std::string>& docs_;
    ParseOptions options_;
    Diagnostics& diagnostics_;
    std::function<std::uint32_t(const std::string&, Place)> load_import_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::uint32_t group_ = 0;
    /// Of `#if` in quoted text: the branch that counts is still to come, is here, or was before.
    enum class Branch : std::uint8_t { wait, take, done };
    std::vector<Branch> quoted_branches_;
    std::vector<std::uint8_t> packs_;
    std::uint8_t pack_;
    bool in_library_ = false;
    std::uint32_t scope_ = 0;   ///< the namespace (Runtime::namespaces)
    bool in_pattern_ = false;   ///< inside a parameterized interface
    bool half_angle_ = false;   ///< of a `>>` that closes two lists the first is taken
    PointerKind pointer_default_ = PointerKind::unique;
};

}  // namespace odc::midl
