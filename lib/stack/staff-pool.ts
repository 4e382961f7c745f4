import { Duration, Fn, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  CfnUserPoolGroup,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  StandardThreatProtectionMode,
  UserPool,
  type UserPoolClient,
  type UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { STAFF_GROUP } from '../../functions/http/caller.ts';
import { SIGN_IN_ADDRESSES } from './sign-in-addresses.ts';
import { KEPT, protectedIf } from './storage.ts';

export interface StaffPoolProps {
  /** Redirect addresses after signing in and out, besides those of `refunds sign-in`. */
  readonly pages: readonly string[];
  readonly deletionProtection: boolean;
}

/**
 * A user pool for a shop without its own issuer: members of the group may cancel any payment. Staff sign in at Cognito's page
 * (managed login), and the client gets a token by the code flow with PKCE, without a secret. Customers are not in the pool;
 * their tokens come from the shop's issuer.
 */
export class StaffPool extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly issuer: string;
  /** Of the access tokens: Cognito puts the client's id where others have an audience. */
  readonly tokens: { readonly issuer: string; readonly audience: readonly string[] };
  /** Where Cognito's own pages and its token endpoint are. */
  readonly signInOrigin: string;

  constructor(scope: Construct, id: string, { pages, deletionProtection }: StaffPoolProps) {
    super(scope, id);
    this.pool = this.#pool(deletionProtection);
    const { userPoolId } = this.pool;
    new CfnUserPoolGroup(this, 'RefundStaff', {
      userPoolId,
      groupName: STAFF_GROUP,
      description: 'May cancel any payment',
    });
    this.client = this.#client(pages);
    const domain = this.#domain();
    // Managed login shows an empty page for a client without a style.
    const style = new CfnManagedLoginBranding(this, 'Style', {
      userPoolId,
      clientId: this.client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    style.node.addDependency(domain);
    this.issuer = `https://cognito-idp.${Stack.of(this).region}.amazonaws.com/${userPoolId}`;
    this.tokens = { issuer: this.issuer, audience: [this.client.userPoolClientId] };
    this.signInOrigin = domain.baseUrl();
  }

  #pool(deletionProtection: boolean): UserPool {
    return new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      // Threat protection needs the Plus plan; staff can move money.
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      ...protectedIf(deletionProtection),
      removalPolicy: KEPT,
    });
  }

  /**
   * The client gets no scope of the service: a scope would apply to everybody who signs in, while a group has chosen members.
   * Cognito puts the groups into the access token, and `client_id` instead of an audience.
   */
  #client(pages: readonly string[]): UserPoolClient {
    return this.pool.addClient('Client', {
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false },
        scopes: [OAuthScope.OPENID],
        callbackUrls: [...pages, ...SIGN_IN_ADDRESSES],
        ...(pages.length === 0 ? {} : { logoutUrls: [...pages] }),
      },
      authFlows: { userSrp: true },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      // Staff sign in once per working day; a stolen access token is valid for half an hour.
      accessTokenValidity: Duration.minutes(30),
      idTokenValidity: Duration.minutes(30),
      refreshTokenValidity: Duration.hours(10),
    });
  }

  /** The prefix must be unique in the region, so it ends in the unique part of the stack's id. */
  #domain(): UserPoolDomain {
    const stack = Fn.select(2, Fn.split('/', Stack.of(this).stackId));
    const domainPrefix = Fn.join('-', ['refunds', this.node.addr.slice(-6), stack]);
    return this.pool.addDomain('SignIn', {
      cognitoDomain: { domainPrefix },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
  }
}
