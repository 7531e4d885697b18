def excuse(method, features):
    return ""
